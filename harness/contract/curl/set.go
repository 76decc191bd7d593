package curl

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/idemcheck/idemcheck/harness/contract/shown"
)

// set applies one flag. Most flags that are not listed change how curl works (silent, verbose,
// follow redirects), and not what it sends.
func (c *command) set(name, value string) error {
	switch name {
	case "--request":
		c.e.Method = strings.ToUpper(value)
	case "--header":
		return c.header(value)
	case "--url":
		return c.setURL(value)
	case "--get":
		c.get = true
	case "--head":
		c.e.Method = http.MethodHead
	case "--user":
		c.authorize(value)
	case "--oauth2-bearer":
		c.e.Set("Authorization", "Bearer "+value)
	case "--form", "--form-string":
		c.part(value)
	case "--url-query":
		c.query = append(c.query, encoded(strings.TrimPrefix(value, "+")))
	case "--cookie":
		return c.cookie(value)
	case "--upload-file":
		c.upload = true
		return c.content("@"+value, false)
	case "--json":
		c.json = true
		c.e.Set("Accept", "application/json")
		return c.content(value, false)
	case "--data", "--data-ascii":
		return c.content(value, true)
	case "--data-binary":
		return c.content(value, false)
	case "--data-raw":
		c.addData(value)
	case "--data-urlencode":
		return c.urlencoded(value)
	default:
		c.note(name)
		follow(&c.e.Way, name, value)
	}
	return nil
}

// note says what a flag asks for and a contract cannot express.
func (c *command) note(name string) {
	says := map[string]string{
		"--insecure": "curl accepts any certificate (-k): write target.tls.ca with the certificate, or " +
			"target.tls.insecure: true",
		"--cacert":      "the certificates of --cacert: write target.tls.ca",
		"--capath":      "the certificates of --capath: set SSL_CERT_DIR to that folder",
		"--cert":        "a client certificate (--cert): write target.tls.cert and key",
		"--unix-socket": "a Unix socket: write target.url, such as unix:///run/shop.sock",

		"--abstract-unix-socket":  "an abstract Unix socket cannot be said in a contract: serve a path",
		"--http2":                 "HTTP/2: write target.http: 2, or HTTP/1.1 is sent",
		"--http2-prior-knowledge": "HTTP/2: write target.http: 2, or HTTP/1.1 is sent",

		"--http3":      "HTTP/3 cannot be said in a contract: HTTP/1.1 is sent",
		"--proxy":      "a proxy (-x) cannot be said in a contract: it hides what faults do",
		"--resolve":    "curl looks up another address (--resolve): write it into target.url",
		"--connect-to": "curl connects to another address (--connect-to): write it into target.url",
		"--digest":     "digest authentication cannot be said in a contract",
		"--ntlm":       "NTLM authentication cannot be said in a contract",
		"--negotiate":  "Kerberos authentication cannot be said in a contract",
		"--aws-sigv4":  "a signature of each request (--aws-sigv4) cannot be said in a contract",
		"--config":     "what stands in the file of --config was not read",
		"--netrc":      "the password in .netrc was not read: add a header under target.headers",
	}
	if text, has := says[name]; has {
		c.e.Notes = append(c.e.Notes, text)
	}
}

// header adds a header; "Name;" is an empty one, and "Name:" takes one away that curl would send.
func (c *command) header(text string) error {
	if strings.HasPrefix(text, "@") {
		c.e.Notes = append(c.e.Notes, "the headers in the file of -H @FILE were not read")
		c.e.Way.Unfollowed = append(c.e.Way.Unfollowed, "-H @FILE")
		return nil
	}
	name, value, found := strings.Cut(text, ":")
	if strings.HasPrefix(text, ":") { // of HTTP/2, such as :authority: example.com
		return nil
	}
	name, value = strings.TrimSpace(strings.TrimSuffix(name, ";")), strings.TrimSpace(value)
	if name == "" || strings.ContainsAny(name, " \t\"'") {
		return fmt.Errorf("a header of the line has no name\n  next: write it as -H 'Name: value'")
	}
	if found && value == "" {
		return nil
	}
	c.e.Headers = append(c.e.Headers, shown.Pair{Name: name, Value: value})
	return nil
}

func (c *command) cookie(value string) error {
	if !strings.Contains(value, "=") {
		c.e.Notes = append(c.e.Notes, "the cookies in the file of -b FILE were not read")
		c.e.Way.Unfollowed = append(c.e.Way.Unfollowed, "-b FILE")
		return nil
	}
	return c.header("Cookie: " + value)
}

// part adds a part of a multipart form.
func (c *command) part(text string) {
	name, value, _ := strings.Cut(text, "=")
	c.e.Parts = append(c.e.Parts, shown.Pair{Name: name, Value: value})
}

func (c *command) addData(text string) {
	c.hasData = true
	c.data = append(c.data, text)
}

// content adds data that may stand in a file; strip takes line ends out of it, as curl does.
func (c *command) content(value string, strip bool) error {
	file, inFile := strings.CutPrefix(value, "@")
	if !inFile {
		c.addData(value)
		return nil
	}
	text, err := c.file(file)
	if strip {
		text = strings.NewReplacer("\r", "", "\n", "").Replace(text)
	}
	c.addData(text)
	return err
}

func (c *command) file(name string) (string, error) {
	if c.readFile == nil || name == "-" {
		return "", fmt.Errorf("the body stands in a file\n  next: write it into the line, with -d '...'")
	}
	text, err := c.readFile(name)
	if err != nil {
		return "", fmt.Errorf("reading the body of the line: %w\n"+
			"  next: correct the name behind @, or write the body into the line", err)
	}
	return string(text), nil
}

// urlencoded adds a piece of a form, encoded: text, =text, name=text, @file or name@file.
func (c *command) urlencoded(value string) error {
	at := strings.IndexAny(value, "=@")
	if at < 0 || value[at] == '=' {
		c.addData(encoded(value))
		return nil
	}
	text, err := c.file(value[at+1:])
	c.addData(encoded(value[:at] + "=" + text))
	return err
}

// encoded encodes what stands behind the first = of a piece; a variable stays one.
func encoded(piece string) string {
	name, value, found := strings.Cut(piece, "=")
	if !found {
		return url.QueryEscape(piece)
	}
	if name == "" {
		return url.QueryEscape(value)
	}
	return name + "=" + url.QueryEscape(value)
}
