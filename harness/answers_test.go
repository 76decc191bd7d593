package harness

import (
	"bytes"
	"compress/gzip"
	"context"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/chaos"
	"github.com/idemcheck/idemcheck/model"
)

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

func TestCompressedAnswersAreUnpackedWithinBounds(t *testing.T) {
	read := interpret(stubContract(t), nil)
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

// TestAnAnswerThatPassesABoundIsAReason: the operation was executed, nobody knows what the service
// said to it, and nobody is accused.
func TestAnAnswerThatPassesABoundIsAReason(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(stubContract(t), several(1)...)
		b.world.carry = func(context.Context, chaos.Attempt) chaos.Outcome {
			return chaos.Outcome{Err: "broken answer", Unread: "the answer is larger than 1 MiB"}
		}
		_, v := b.once(t)
		require.Equal(t, model.Unknown, v.Verdict, "%v", v.Violations)
		require.Contains(t, strings.Join(v.Reasons, "\n"), "the answer to a.1")
		require.Contains(t, strings.Join(v.Reasons, "\n"), "larger than 1 MiB")
	})
}
