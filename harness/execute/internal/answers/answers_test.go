package answers

import (
	"bytes"
	"compress/gzip"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/internal/stub"
	"github.com/idemcheck/idemcheck/model"
)

func TestCompressedAnswersAreUnpackedWithinBounds(t *testing.T) {
	read := Interpret(stub.Contract(t), nil)
	for _, tt := range []struct {
		encoding, says string
		body           []byte
	}{
		{"gzip", "", gzipped(t, `{"id":"a"}`, 1)},
		{"identity", "", []byte(`{"id":"a"}`)},
		{"gzip", "longer than 1 MiB", gzipped(t, strings.Repeat(" ", 1<<20), 100)},
		{"gzip", "unpacking it", []byte(`{"id":"a"}`)},
		{"gzip", "unpacking it", gzipped(t, `{"id":"a"}`, 1)[:12]},
		{"br", "its Content-Encoding br is not known", []byte("x")},
	} {
		a := read(201, map[string][]string{"Content-Encoding": {tt.encoding}}, tt.body)
		if tt.says == "" {
			require.Equal(t, "a", a.Field("id"))
			continue
		}
		require.Contains(t, a.Excerpt.Unread, tt.says)
	}
}

// TestAnEnvelopeIsTakenOff, in whatever form it holds the first body.
func TestAnEnvelopeIsTakenOff(t *testing.T) {
	read := Interpret(stub.Contract(t, func(c *model.Contract) { c.Promises.ReplayBody = "data" }), nil)
	for body, want := range map[string]string{
		`{"id":"c1"}`:                         `{"id":"c1"}`,
		`{"data": {"id":"c1"}, "again":true}`: `{"id":"c1"}`,
		`{"data":"{\"id\":\"c1\"}"}`:          `{"id":"c1"}`,
		`["data"]`:                            `["data"]`,
		`{"data":`:                            `{"data":`,
	} {
		require.Equal(t, want, read(201, nil, []byte(body)).Body)
	}
	require.JSONEq(t, `{"data":1}`, Interpret(stub.Contract(t), nil)(201, nil, []byte(`{"data":1}`)).Body)
}

func TestMarkersAreFoundInAnyCase(t *testing.T) {
	c := stub.Contract(t)
	c.Promises.ReplayMarker = &model.ReplayMarker{Header: "Idempotent-Replayed", Value: "true"}
	read := Interpret(c, nil)
	for name, tt := range map[string]struct {
		header map[string][]string
		want   bool
	}{
		"there":         {map[string][]string{"Idempotent-Replayed": {"true"}}, true},
		"another case":  {map[string][]string{"idempotent-replayed": {"true"}}, true},
		"another value": {map[string][]string{"Idempotent-Replayed": {"false"}}, false},
		"not there":     {map[string][]string{"Replayed": {"true"}}, false},
	} {
		require.Equal(t, tt.want, read(200, tt.header, nil).ReplayMarker, name)
	}
	c.Promises.ReplayMarker.Value = ""
	require.True(t, Interpret(c, nil)(200, map[string][]string{"Idempotent-Replayed": {"x"}}, nil).ReplayMarker)
	later := read(503, map[string][]string{"Retry-After": {"1"}}, []byte("b"))
	require.Equal(t, &model.Answer{
		Status: 503, Body: "b", Headers: map[string]string{"Retry-After": "1"},
	}, later)
}

func TestInterpretKeepsTheHeadersThatAreCompared(t *testing.T) {
	c := &model.Contract{Promises: model.Promises{ReplayHeaders: []string{"Location"}}}
	header := map[string][]string{
		"location": {"/a", "/b"}, "Etag": {"x"}, "content-type": {"text/plain"},
	}
	require.Equal(t, map[string]string{"Location": "/a", "Content-Type": "text/plain"},
		Interpret(c, nil)(201, header, nil).Headers)
	c.Promises.ReplayIgnoreHeaders = []string{"content-type"}
	require.Equal(t, map[string]string{"Location": "/a"}, Interpret(c, nil)(201, header, nil).Headers)
	c.Promises.ReplayHeaders = nil
	require.Empty(t, Interpret(c, nil)(201, header, nil).Headers)
	require.Equal(t, map[string]string{"Location": "/a"}, Interpret(c, nil)(202, header, nil).Headers,
		"where to ask what came of it")
}

// gzipped is a text, so many times, compressed.
func gzipped(t *testing.T, text string, times int) []byte {
	t.Helper()
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	for range times {
		_, err := z.Write([]byte(text))
		require.NoError(t, err)
	}
	require.NoError(t, z.Close())
	return out.Bytes()
}
