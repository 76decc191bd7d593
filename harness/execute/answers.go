package execute

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/idemcheck/idemcheck/harness/internal/mask"
	"github.com/idemcheck/idemcheck/harness/observe"
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
		if a := t.Async; a != nil {
			paths[a.Poll.Field], paths[a.Done.Field], paths[a.Refused.Field] = true, true, true
		}
	}
	delete(paths, "")
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
		return body, fmt.Sprintf("its Content-Encoding %s is not known", mask.Excerpt([]byte(encoding)))
	}
	unzipped, err := gzip.NewReader(bytes.NewReader(body))
	if err == nil {
		plain, err = observe.ReadWhole(unzipped)
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
