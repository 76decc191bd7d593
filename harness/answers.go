package harness

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptrace"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/idemcheck/idemcheck/model"
)

// askedFor lists the fields of answers that the contract asks for, by dotted path.
func askedFor(c *model.Contract) []string {
	paths := map[string]bool{}
	for _, t := range c.Operations {
		if t.Answer.Identity != "" {
			paths[t.Answer.Identity] = true
		}
		for path := range t.Answer.Fields {
			paths[path] = true
		}
	}
	return slices.Sorted(maps.Keys(paths))
}

// plainBody undoes the encodings of a body, or says why that cannot be done; then it returns the
// body as it came.
func plainBody(encodings []string, body []byte) (plain []byte, why string) {
	encoding := strings.ToLower(strings.TrimSpace(strings.Join(encodings, ",")))
	switch {
	case len(body) == 0, encoding == "", encoding == "identity":
		return body, ""
	case encoding != "gzip" && encoding != "x-gzip":
		return body, fmt.Sprintf("its Content-Encoding %s is not known", excerpt([]byte(encoding)))
	}
	unzipped, err := gzip.NewReader(bytes.NewReader(body))
	if err == nil {
		plain, err = whole(unzipped)
	}
	if err != nil {
		return body, fmt.Sprintf("unpacking it: %v", err)
	}
	return plain, ""
}

// unwrapped takes the body of a first answer out of the field of a replay that holds it, as it
// stands there or as a text. A body without the field is returned as it is.
func unwrapped(field string, body []byte) []byte {
	var envelope map[string]json.RawMessage
	if field == "" || json.Unmarshal(body, &envelope) != nil || envelope[field] == nil {
		return body
	}
	var text string
	if json.Unmarshal(envelope[field], &text) == nil {
		return []byte(text)
	}
	return envelope[field]
}

// heading is the value of a header as histories hold it.
func heading(value string) string {
	const maxHeading = 1 << 10
	value = strings.ToValidUTF8(value, "\uFFFD")
	if len(value) > maxHeading {
		return model.Shortened(value, maxHeading/4)
	}
	return value
}

// notRead is the event of an answer that passed a bound, so that nobody knows what it says.
func notRead(operation string, attempt int, why string) model.Event {
	return model.Event{
		Kind: model.Unreadable, Name: fmt.Sprintf("the answer to %s.%d", operation, attempt), Err: why,
	}
}

// discard reads nothing of an answer whose status says everything.
func discard(io.Reader) error { return nil }

// silenceError is a message to which no HTTP answer came, although there was a connection: the
// target is there, and does not answer in time or not in HTTP.
type silenceError struct {
	method, path string
	cause        error
}

// Error says what was sent and what came of it.
func (e *silenceError) Error() string {
	if timeout, ok := e.cause.(interface{ Timeout() bool }); ok && timeout.Timeout() {
		return fmt.Sprintf("%s %s was not answered within %s", e.method, e.path, plainLimit)
	}
	return fmt.Sprintf("%s %s got no answer in HTTP: %s", e.method, e.path,
		excerpt([]byte(e.cause.Error())))
}

// Unwrap returns the cause.
func (e *silenceError) Unwrap() error { return e.cause }

// watched returns a request that tells whether there was a connection for it.
func watched(r *http.Request) (*http.Request, *atomic.Bool) {
	var connected atomic.Bool
	trace := &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { connected.Store(true) }}
	return r.WithContext(httptrace.WithClientTrace(r.Context(), trace)), &connected
}
