package racing

import (
	"crypto/rand"
	"errors"
	"fmt"
	"mime/multipart"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/idemcheck/idemcheck/harness/contract/curl"
	"github.com/idemcheck/idemcheck/harness/contract/guess/keys"
	"github.com/idemcheck/idemcheck/harness/contract/shown"
	"github.com/idemcheck/idemcheck/harness/race"
)

// reader reads curl lines, and keeps what the environment gave to them: those are secrets.
type reader struct {
	env        func(string) (string, bool)
	readFile   func(string) ([]byte, error)
	secrets    []string
	way        shown.Way
	unfollowed []string
}

// rounds are what the copies of each round send.
func (r *reader) rounds(line string, given flags) ([]race.Line, error) {
	call, err := r.call(line)
	if err != nil {
		return nil, err
	}
	r.way = call.Way
	if given.key != "" {
		call.Facts = &shown.Facts{Key: given.key}
		if at, _ := keys.Find(call); at == "" {
			call.Set(given.key, fresh())
		}
	}
	at, _ := keys.Find(call)
	if given.repeat > 0 && at == "" {
		return nil, errors.New("--repeat makes a fresh key for each round, and the line has none\n" +
			"  next: add --key Idempotency-Key, or the name that your service knows")
	}
	var out []race.Line
	for range max(given.repeat, 1) {
		if given.repeat > 0 {
			keys.Renew(call, fresh())
		}
		one, err := lineOf(call)
		if err != nil {
			return nil, err
		}
		out = append(out, one)
	}
	return out, nil
}

// fresh is a key that nobody used before.
func fresh() string { return "idemcheck-" + strings.ToLower(rand.Text()) }

// call reads a line and fills in what the environment holds.
func (r *reader) call(line string) (*shown.Call, error) {
	call, err := curl.Parse(line, r.readFile)
	if err != nil {
		return nil, err
	}
	for _, flag := range call.Way.Unfollowed {
		if slices.Contains([]string{
			"--resolve", "--connect-to", "--abstract-unix-socket", "--http3-only",
		}, flag) {
			return nil, fmt.Errorf("curl would go another way (%s), which cannot be done here\n"+
				"  next: write the address itself into the URL", flag)
		}
		r.unfollowed = append(r.unfollowed, flag)
	}
	texts := []*string{&call.URL, &call.Body, &call.Way.Socket}
	for i := range call.Headers {
		texts = append(texts, &call.Headers[i].Value)
	}
	for i := range call.Parts {
		texts = append(texts, &call.Parts[i].Value)
	}
	for _, text := range texts {
		if *text, err = r.filled(*text); err != nil {
			return nil, err
		}
	}
	return call, multipartOf(call)
}

// variable is how a curl line's variables are written once it was read.
var variable = regexp.MustCompile(`\$\{[A-Za-z_][A-Za-z0-9_]*\}`)

// filled is a text with what the environment holds in place of ${NAME}.
func (r *reader) filled(text string) (string, error) {
	var missing error
	out := variable.ReplaceAllStringFunc(text, func(ref string) string {
		name := strings.Trim(ref, "${}")
		value, set := r.env(name)
		if !set {
			missing = fmt.Errorf("it uses $%s, which is not set\n  next: export %s=…", name, name)
		}
		r.secrets = append(r.secrets, value)
		return value
	})
	return out, missing
}

// notes say what of the lines was not followed.
func (r *reader) notes() []string {
	var out []string
	for _, flag := range r.unfollowed {
		out = append(out, "what "+flag+" of curl asks for was not done")
	}
	return out
}

// multipartOf writes the parts of a form as the body. The boundary is the same for all copies.
func multipartOf(call *shown.Call) error {
	if len(call.Parts) == 0 {
		return nil
	}
	var body strings.Builder
	w := multipart.NewWriter(&body)
	for _, part := range call.Parts {
		if strings.HasPrefix(part.Value, "@") || strings.HasPrefix(part.Value, "<") {
			return errors.New("a part of the form stands in a file, which is not sent\n" +
				"  next: write it into the line, or leave it out")
		}
		if err := w.WriteField(part.Name, part.Value); err != nil {
			return err
		}
	}
	if err := w.Close(); err != nil {
		return err
	}
	call.Body, call.Parts = body.String(), nil
	call.Set("Content-Type", w.FormDataContentType())
	return nil
}

// lineOf is a line as it is sent.
func lineOf(call *shown.Call) (race.Line, error) {
	u, err := url.Parse(call.URL)
	if err != nil || u.Host == "" {
		return race.Line{}, errors.New("it has no full URL\n  next: write it with http:// and a host")
	}
	out := race.Line{Method: call.Method, URL: u, Body: call.Body}
	for _, h := range call.Headers {
		out.Headers = append(out.Headers, [2]string{h.Name, h.Value})
	}
	out.KeyAt, out.Key = keys.Find(call)
	if out.Unsendable() {
		return out, errors.New("a header or the method has a line end or another control character\n" +
			"  next: leave it out")
	}
	return out, nil
}
