package template_test

import (
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/contract/template"
	"github.com/idemcheck/idemcheck/model/exchange"
)

func TestAFormIsSortedAndEscaped(t *testing.T) {
	out, err := template.Render("/orders", exchange.Content{
		Form: map[string]any{
			"b": "{amount}", "a&": "{text}", "items": []any{"{amount}", true, nil}, "c": 2.5,
		},
		Query:   map[string]any{"page": int64(2), "a": "{text}"},
		Headers: map[string]string{"X-Text": "t {amount}"},
	}, template.Vars{"amount": int64(7), "text": "a b=ü"})
	require.NoError(t, err)
	require.Equal(t, "/orders?a=a+b%3D%C3%BC&page=2", out.Path)
	require.Equal(t, "a%26=a+b%3D%C3%BC&b=7&c=2.5&items=7&items=true&items=", string(out.Body))
	require.Equal(t, "application/x-www-form-urlencoded", out.Type)
	require.Equal(t, map[string]string{"X-Text": "t 7"}, out.Headers)
	values, err := url.ParseQuery(string(out.Body))
	require.NoError(t, err)
	require.Equal(t, []string{"7", "true", ""}, values["items"])
}

func TestAQueryIsAddedToThatOfThePath(t *testing.T) {
	for path, want := range map[string]string{
		"/a": "/a?n=1", "/a?": "/a?n=1", "/a?b=2": "/a?b=2&n=1",
	} {
		out, err := template.Render(path, exchange.Content{Query: map[string]any{"n": int64(1)}}, nil)
		require.NoError(t, err)
		require.Equal(t, want, out.Path)
	}
}

func TestTextIsSentAsItIs(t *testing.T) {
	out, err := template.Render("/x", exchange.Content{Text: "<a>{n}</a>"}, template.Vars{"n": "&"})
	require.NoError(t, err)
	require.Equal(t, "<a>&</a>", string(out.Body))
	require.Equal(t, "text/plain; charset=utf-8", out.Type)
}

func TestMultipartIsTheSameBytesAgain(t *testing.T) {
	render := func(mark string) template.Rendered {
		out, err := template.Render("/x", exchange.Content{Multipart: map[string]any{
			"title": "{mark}", "n": int64(3),
			"photo": map[string]any{"file": `a".png`, "text": "of {mark}", "type": "image/png"},
		}}, template.Vars{"mark": mark})
		require.NoError(t, err)
		return out
	}
	out := render("m-1")
	require.Equal(t, out, render("m-1"), "a retry")
	require.NotEqual(t, out.Type, render("m-2").Type, "a boundary follows from what it separates")
	kind, params, err := mime.ParseMediaType(out.Type)
	require.NoError(t, err)
	require.Equal(t, "multipart/form-data", kind)
	var got []string
	in := multipart.NewReader(strings.NewReader(string(out.Body)), params["boundary"])
	for {
		part, err := in.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		text, err := io.ReadAll(part)
		require.NoError(t, err)
		got = append(got, part.FormName()+"|"+part.FileName()+"|"+part.Header.Get("Content-Type")+"|"+
			string(text))
	}
	require.Equal(t, []string{"n||" + "|3", "photo|a%22.png|image/png|of m-1", "title|||m-1"}, got)
}

func TestWithoutValueInAnyPart(t *testing.T) {
	no := map[string]any{"x": "{no}"}
	for _, c := range []exchange.Content{
		{Form: no}, {Query: no}, {Multipart: no}, {Text: "{no}"}, {Headers: map[string]string{"X": "{no}"}},
	} {
		_, err := template.Render("/x", c, template.Vars{})
		require.ErrorContains(t, err, "there is no value for {no}")
	}
}
