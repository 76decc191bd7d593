// Package curl reads a curl command as people copy it from browsers, Postman, Insomnia and
// documentation, and says what it would send. Nothing is run.
package curl

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"github.com/idemcheck/idemcheck/harness/contract/shown"
)

// Parse reads one curl command. readFile gives what --data @FILE names; nil when files are not to
// be read. What is wrong with the line is an error that says what to do, without the line: it may
// hold secrets.
func Parse(line string, readFile func(string) ([]byte, error)) (*shown.Call, error) {
	args, err := words(line)
	if err != nil {
		return nil, err
	}
	for len(args) > 0 && strings.Contains(args[0], "=") {
		args = args[1:] // variables that are set for the command
	}
	if len(args) == 0 || !isCurl(args[0]) {
		return nil, errNoCurl
	}
	c := &command{readFile: readFile}
	if err := c.read(args[1:]); err != nil {
		return nil, err
	}
	return c.exchange()
}

func isCurl(word string) bool {
	return slices.Contains([]string{"curl", "curl.exe"}, filepath.Base(word))
}

// command is what the flags said so far.
type command struct {
	readFile func(string) ([]byte, error)
	e        shown.Call
	url      string
	data     []string
	query    []string
	hasData  bool
	get      bool
	upload   bool
	json     bool
}

func (c *command) read(args []string) error {
	for len(args) > 0 {
		arg := args[0]
		args = args[1:]
		switch {
		case arg == "--next":
			return fmt.Errorf("the line has two requests (--next)\n  next: give each as a --curl of its own")
		case arg == "--":
		case strings.HasPrefix(arg, "--"):
			rest, err := c.long(arg, args)
			if err != nil {
				return err
			}
			args = rest
		case len(arg) > 1 && arg[0] == '-':
			rest, err := c.letters(arg[1:], args)
			if err != nil {
				return err
			}
			args = rest
		default:
			if err := c.setURL(arg); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *command) setURL(text string) error {
	if c.url != "" {
		return fmt.Errorf("the line has two URLs\n  next: give each as a --curl of its own, and " +
			"quote a body that has blanks in it")
	}
	c.url = text
	return nil
}

// long reads a flag with two dashes, and returns the arguments behind it.
func (c *command) long(arg string, args []string) ([]string, error) {
	name, value, joined := strings.Cut(arg, "=")
	if joined && takesValue[name] {
		return args, c.set(name, value)
	}
	if takesValue[arg] {
		return c.withValue(arg, "", args)
	}
	if alone[arg] {
		return args, c.set(arg, "")
	}
	return nil, fmt.Errorf("the flag %s of curl is not known here\n  next: leave it out", name)
}

// letters reads flags of one letter. Several may stand in one word, and the value of the last one
// may follow in it.
func (c *command) letters(letters string, args []string) ([]string, error) {
	for i := range len(letters) {
		name, known := short[letters[i]]
		if !known {
			return nil, fmt.Errorf("the flag -%c of curl is not known here\n  next: leave it out",
				letters[i])
		}
		if takesValue[name] {
			return c.withValue(name, letters[i+1:], args)
		}
		if err := c.set(name, ""); err != nil {
			return nil, err
		}
	}
	return args, nil
}

// withValue sets a flag to its value, which is the rest of its word or the next word.
func (c *command) withValue(name, behind string, args []string) ([]string, error) {
	if behind != "" {
		return args, c.set(name, behind)
	}
	if len(args) == 0 {
		return nil, fmt.Errorf("the flag %s has no value\n  next: copy the line to its end", name)
	}
	return args[1:], c.set(name, args[0])
}

// exchange is what the command sends.
func (c *command) exchange() (*shown.Call, error) {
	e := &c.e
	if c.url == "" {
		return nil, fmt.Errorf("the line names no URL\n  next: copy the line to its end")
	}
	body := strings.Join(c.data, "&")
	if c.json {
		body = strings.Join(c.data, "")
	}
	switch {
	case c.get && body != "":
		c.query = append(c.query, body)
	case c.hasData:
		e.Body = body
	}
	if err := c.address(); err != nil {
		return nil, err
	}
	c.implied()
	return e, nil
}

// address makes a URL of a text that may lack a scheme.
func (c *command) address() error {
	text := c.url
	if !strings.Contains(text, "://") {
		text = "http://" + text
	}
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return fmt.Errorf("the line names no http or https URL\n" +
			"  next: write its URL in full, and what a variable would hold in it")
	}
	if u.User != nil {
		password, _ := u.User.Password()
		c.authorize(u.User.Username() + ":" + password)
		u.User = nil
	}
	u.Fragment, u.RawFragment = "", ""
	for _, q := range c.query {
		u.RawQuery = strings.TrimPrefix(u.RawQuery+"&"+q, "&")
	}
	if u.Path == "" {
		u.Path = "/"
	}
	c.e.URL = u.String()
	return nil
}

// implied fills in what curl sends without being told.
func (c *command) implied() {
	e := &c.e
	sends := c.hasData && !c.get || len(e.Parts) > 0
	switch {
	case e.Method != "":
	case c.upload:
		e.Method = http.MethodPut
	case sends:
		e.Method = http.MethodPost
	default:
		e.Method = http.MethodGet
	}
	if c.hasData && !c.get && e.Header("Content-Type") == "" {
		kind := "application/x-www-form-urlencoded"
		if c.json {
			kind = "application/json"
		}
		e.Set("Content-Type", kind)
	}
}

func (c *command) authorize(pair string) {
	if c.e.Header("Authorization") == "" {
		c.e.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(pair)))
	}
}
