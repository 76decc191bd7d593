package race

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/idemcheck/idemcheck/harness/race/internal/compare"
	"github.com/idemcheck/idemcheck/harness/race/internal/hide"
	"github.com/idemcheck/idemcheck/model/value"
)

// maxList bounds what is read of one list.
const maxList = 32 << 20

// Listing counts by asking a service over HTTP: the items of a list in its answer, or a number.
type Listing struct {
	// Line is what is asked.
	Line Line
	// Items is the dotted path of the list, or of the number; "" leaves it to be found, which can be
	// done where the answer has just one list, or is a number.
	Items string
	// Client sends it.
	Client *http.Client
}

var _ Counter = (*Listing)(nil)

// Lines implements [Counter].
func (l *Listing) Lines() []Line { return []Line{l.Line} }

// Secrets implements [Counter]: what is secret in the line is seen in it.
func (l *Listing) Secrets() []string { return nil }

// What implements [Counter].
func (l *Listing) What() string {
	out := l.Line.Method + " " + hide.Address(l.Line.URL)
	if l.Items != "" {
		out += " at " + l.Items
	}
	return out
}

// Count implements [Counter].
func (l *Listing) Count(ctx context.Context) (Count, error) {
	req, err := http.NewRequestWithContext(ctx, l.Line.Method, l.Line.URL.String(),
		strings.NewReader(l.Line.Body))
	if err != nil {
		return Count{}, err
	}
	for _, h := range l.Line.sent() {
		if strings.EqualFold(h[0], "Host") {
			req.Host = h[1]
			continue
		}
		req.Header.Add(h[0], h[1])
	}
	resp, err := l.Client.Do(req)
	if wrapped, is := errors.AsType[*url.Error](err); is {
		err = wrapped.Err // without the address, which may hold secrets
	}
	if err != nil {
		return Count{}, err
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := whole(resp)
	if err != nil {
		return Count{}, err
	}
	if resp.StatusCode/100 != 2 {
		return Count{}, fmt.Errorf("it was answered %d: %.200s", resp.StatusCode,
			strings.Join(strings.Fields(string(body)), " "))
	}
	out, err := l.read(string(body))
	out.Paged = out.Paged || strings.Contains(resp.Header.Get("Link"), `rel="next"`)
	return out, err
}

// whole reads an answer to its end.
func whole(resp *http.Response) ([]byte, error) {
	from := io.Reader(resp.Body)
	if strings.EqualFold(resp.Header.Get("Content-Encoding"), "gzip") && !resp.Uncompressed {
		unpacked, err := gzip.NewReader(from)
		if err != nil {
			return nil, fmt.Errorf("unpacking the answer: %w", err)
		}
		from = unpacked
	}
	body, err := io.ReadAll(io.LimitReader(from, maxList+1))
	if err == nil && len(body) > maxList {
		err = fmt.Errorf("the answer is longer than %d MiB", maxList>>20)
	}
	return bytes.TrimSpace(body), err
}

// read finds the list or the number in an answer.
func (l *Listing) read(body string) (Count, error) {
	decoded, is := compare.Decoded(body)
	if !is {
		return Count{}, errors.New("the answer is neither JSON nor a number")
	}
	if l.Items != "" {
		found := value.Lookup(decoded, l.Items)
		if found == nil {
			return Count{}, fmt.Errorf("there is nothing at %q in the answer", l.Items)
		}
		return counted(found, decoded, l.Items)
	}
	if _, isMap := decoded.(map[string]any); !isMap {
		return counted(decoded, decoded, "its top")
	}
	lists := map[string]any{}
	find(decoded, "", lists)
	paths := slices.Sorted(maps.Keys(lists))
	switch len(paths) {
	case 0:
		return Count{}, errors.New("the answer has no list: --items must name a number in it")
	case 1:
		return counted(lists[paths[0]], decoded, paths[0])
	}
	return Count{}, fmt.Errorf("the answer has several lists (%s): --items must name one",
		strings.Join(paths, ", "))
}

// find collects the lists of decoded JSON by their path, those that are in no other list.
func find(v any, path string, lists map[string]any) {
	switch x := v.(type) {
	case []any:
		lists[path] = x
	case map[string]any:
		for name, inner := range x {
			find(inner, strings.TrimPrefix(path+"."+name, "."), lists)
		}
	}
}

// counted counts what stands at a path.
func counted(v, around any, path string) (Count, error) {
	switch x := v.(type) {
	case []any:
		return Count{Number: int64(len(x)), Items: append([]any{}, x...), Paged: paged(around)}, nil
	case int64: // of a database
		return Count{Number: x}, nil
	case json.Number:
		n, err := x.Int64()
		if err != nil {
			return Count{}, fmt.Errorf("the number at %s is no whole one", path)
		}
		return Count{Number: n}, nil
	case string:
		if n, err := strconv.ParseInt(x, 10, 64); err == nil {
			return Count{Number: n}, nil
		}
	}
	return Count{}, fmt.Errorf("what stands at %s is neither a list nor a number", path)
}

// paged reports whether what stands around a list says that there is more.
func paged(around any) bool {
	fields, _ := around.(map[string]any)
	for name, v := range fields {
		switch strings.ToLower(strings.NewReplacer("_", "", "-", "").Replace(name)) {
		case "hasmore", "hasnext", "hasnextpage", "next", "nextpage", "nextcursor", "nextpagetoken",
			"nexttoken":
			if v != nil && v != false && v != "" {
				return true
			}
		}
	}
	return false
}
