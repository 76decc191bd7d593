package template

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"mime/multipart"
	"net/textproto"
	"net/url"
	"slices"
	"strings"

	"github.com/idemcheck/idemcheck/model/exchange"
)

// Rendered is a message as it is sent: Path with its query, Body, and Type, its Content-Type unless
// a header says otherwise ("" for none).
type Rendered struct {
	Path    string
	Headers map[string]string
	Body    []byte
	Type    string
}

// Render fills in a message. The same templates and values always give the same bytes.
func Render(path string, c exchange.Content, vars Vars) (out Rendered, err error) {
	if out.Path, err = Path(path, vars); err != nil {
		return out, err
	}
	query, err := pairs(c.Query, vars)
	if err != nil {
		return out, err
	}
	if query != "" {
		out.Path += separator(out.Path) + query
	}
	if out.Headers, err = Headers(c.Headers, vars); err != nil {
		return out, err
	}
	out.Body, out.Type, err = body(c, vars)
	return out, err
}

// separator is what stands between a path and further parts of its query.
func separator(path string) string {
	_, query, has := strings.Cut(path, "?")
	switch {
	case !has:
		return "?"
	case query == "":
		return ""
	}
	return "&"
}

// body encodes the body of a message, whichever it has.
func body(c exchange.Content, vars Vars) ([]byte, string, error) {
	switch {
	case c.Form != nil:
		out, err := pairs(c.Form, vars)
		return []byte(out), "application/x-www-form-urlencoded", err
	case c.Multipart != nil:
		return parts(c.Multipart, vars)
	case c.Text != "":
		out, err := interpolate(c.Text, vars, nil)
		return []byte(out), "text/plain; charset=utf-8", err
	}
	return Body(c.Body, vars)
}

// pairs writes names and values as forms and queries have them, sorted by name.
func pairs(set map[string]any, vars Vars) (string, error) {
	if len(set) == 0 { // as in most messages
		return "", nil
	}
	var out []string
	for _, name := range slices.Sorted(maps.Keys(set)) {
		v, err := Value(set[name], vars)
		if err != nil {
			return "", err
		}
		for _, one := range several(v) {
			out = append(out, url.QueryEscape(name)+"="+url.QueryEscape(asText(one)))
		}
	}
	return strings.Join(out, "&"), nil
}

// several are the values of a list, or the only one.
func several(v any) []any {
	if list, ok := v.([]any); ok {
		return list
	}
	return []any{v}
}

// part is one part of a multipart body.
type part struct {
	header textproto.MIMEHeader
	text   string
}

// parts writes a multipart body, sorted by name. Its boundary follows from what is in it, so that a
// retry has the same bytes.
func parts(set map[string]any, vars Vars) ([]byte, string, error) {
	var all []part
	sum := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(set)) {
		v, err := Value(set[name], vars)
		if err != nil {
			return nil, "", err
		}
		for _, one := range several(v) {
			p := partOf(name, one)
			all = append(all, p)
			fmt.Fprintf(sum, "%v %q", p.header, p.text)
		}
	}
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	if err := w.SetBoundary("idemcheck-" + hex.EncodeToString(sum.Sum(nil)[:12])); err != nil {
		return nil, "", fmt.Errorf("writing a multipart body: %w", err)
	}
	for _, p := range all {
		to, err := w.CreatePart(p.header)
		if err == nil {
			_, err = to.Write([]byte(p.text))
		}
		if err != nil {
			return nil, "", fmt.Errorf("writing a multipart body: %w", err)
		}
	}
	if err := w.Close(); err != nil {
		return nil, "", fmt.Errorf("writing a multipart body: %w", err)
	}
	return b.Bytes(), w.FormDataContentType(), nil
}

// partOf makes a field of a value, or a file of a mapping.
func partOf(name string, v any) part {
	says := `form-data; name="` + escapeQuotes(name) + `"`
	file, ok := v.(map[string]any)
	if !ok {
		return part{textproto.MIMEHeader{"Content-Disposition": {says}}, asText(v)}
	}
	typ := asText(file["type"])
	if typ == "" {
		typ = "application/octet-stream"
	}
	says += `; filename="` + escapeQuotes(asText(file["file"])) + `"`
	return part{textproto.MIMEHeader{
		"Content-Disposition": {says}, "Content-Type": {typ},
	}, asText(file["text"])}
}

// escapeQuotes writes a name as browsers write it in Content-Disposition.
func escapeQuotes(s string) string {
	return strings.NewReplacer(`"`, "%22", "\r", "%0D", "\n", "%0A").Replace(s)
}
