// Package answers turns HTTP answers into what histories hold.
package answers

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/idemcheck/idemcheck/harness/internal/mask"
	"github.com/idemcheck/idemcheck/harness/internal/signin"
	"github.com/idemcheck/idemcheck/harness/observe/intake"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/exchange"
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
		if a := t.Async; a != nil {
			paths[a.Poll.Field], paths[a.Done.Field], paths[a.Refused.Field] = true, true, true
		}
	}
	delete(paths, "")
	return slices.Sorted(maps.Keys(paths))
}

// namedAt lists where answers name what was made, where that is in no field.
func namedAt(c *model.Contract) []*exchange.Spot {
	var out []*exchange.Spot
	for _, name := range slices.Sorted(maps.Keys(c.Operations)) {
		if at := c.Operations[name].Answer.IdentityFrom; at != nil {
			out = append(out, at)
		}
	}
	return out
}

// plainBody undoes the encodings of a body, or says why that cannot be done; then it returns the
// body as it came.
func plainBody(encodings []string, body []byte) (plain []byte, why string) {
	encoding := strings.ToLower(strings.TrimSpace(strings.Join(encodings, ",")))
	switch {
	case len(body) == 0, encoding == "", encoding == "identity":
		return body, ""
	case encoding != "gzip" && encoding != "x-gzip":
		return body, fmt.Sprintf("its Content-Encoding %s is not known", mask.Excerpt([]byte(encoding)))
	}
	unzipped, err := gzip.NewReader(bytes.NewReader(body))
	if err == nil {
		plain, err = intake.ReadWhole(unzipped)
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

// NotRead is the event of an answer that passed a bound, so that nobody knows what it says.
func NotRead(operation string, attempt int, why string) model.Event {
	return model.Event{
		Kind: model.Unreadable, Name: fmt.Sprintf("the answer to %s.%d", operation, attempt), Err: why,
	}
}

// Interpret returns the function that turns HTTP answers into what histories hold: status, body or
// what is kept of it, the replay marker, Retry-After and the headers that the contract compares.
// Secrets go first: half of one, where a body is cut, would not be known any more.
func Interpret(
	c *model.Contract, m *mask.Mask,
) func(int, map[string][]string, []byte) *model.Answer {
	marker := c.Promises.ReplayMarker
	compared := append([]string{"Retry-After"}, c.Promises.ComparedHeaders()...)
	for _, typ := range slices.Sorted(maps.Keys(c.Operations)) {
		if async := c.Operations[typ].Async; async != nil && async.Poll.Header != "" {
			compared = append(compared, async.Poll.Header)
		}
	}
	paths, spots := askedFor(c), namedAt(c)
	return func(status int, header map[string][]string, body []byte) *model.Answer {
		body, unread := plainBody(valuesOf(header, "Content-Encoding"), body)
		if unread == "" {
			body = unwrapped(c.Promises.ReplayBody, body)
		}
		a := &model.Answer{Status: status}
		a.Keep(m.Bytes(body), paths, c.Promises.ReplayIgnore, unread)
		if marker != nil {
			a.ReplayMarker = hasValue(header, marker.Header, marker.Value)
		}
		for _, at := range spots {
			if found := signin.NameAt(*at, header, body); found != "" {
				a.Name(at, m.Text(heading(found)))
			}
		}
		keepHeaders(a, header, compared)
		if status == http.StatusAccepted { // it says where to ask what came of it
			keepHeaders(a, header, []string{"Location"})
		}
		return a
	}
}

// keepHeaders notes headers of some names, as far as they are there.
func keepHeaders(a *model.Answer, header map[string][]string, names []string) {
	for _, name := range names {
		if values := valuesOf(header, name); len(values) > 0 {
			if a.Headers == nil {
				a.Headers = map[string]string{}
			}
			a.Headers[name] = heading(values[0])
		}
	}
}

// hasValue tells whether a header is there with a value ("" for any).
func hasValue(header map[string][]string, name, value string) bool {
	return slices.ContainsFunc(valuesOf(header, name), func(v string) bool {
		return value == "" || v == value
	})
}

// valuesOf returns the values of a header, however its name is spelt.
func valuesOf(header map[string][]string, name string) []string {
	var keys []string // hardly ever more than one
	for key := range header {
		if strings.EqualFold(key, name) {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	var out []string
	for _, key := range keys {
		out = append(out, header[key]...)
	}
	return out
}
