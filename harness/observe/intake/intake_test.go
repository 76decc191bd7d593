package intake

import (
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestALongLedgerIsAStream: a million items are read with the memory of a few.
func TestALongLedgerIsAStream(t *testing.T) {
	const items = 1_000_000
	from := &again{next: func(n int) string {
		switch {
		case n == 0:
			return `{"before":[1,{"items":[]}],"items":[{"id":0}`
		case n < items:
			return fmt.Sprintf(`,{"id":%d,"reference":"some text that makes it longer"}`, n)
		case n == items:
			return `],"behind":{}}`
		}
		return ""
	}}
	var first, now runtime.MemStats
	runtime.ReadMemStats(&first)
	seen, maxHeap := 0, uint64(0)
	found, err := readItems(&meter{from: from, left: maxLedger}, "items", func(any) error {
		if seen++; seen%100_000 == 0 {
			runtime.GC()
			runtime.ReadMemStats(&now)
			maxHeap = max(maxHeap, now.HeapAlloc)
		}
		return nil
	})
	require.NoError(t, err)
	require.True(t, found)
	require.Equal(t, items, seen)
	require.Less(t, maxHeap, first.HeapAlloc+(16<<20))
}

// TestWhatIsCutIsNoLedger: what cannot be read to its end is an error, and never an empty ledger.
func TestWhatIsCutIsNoLedger(t *testing.T) {
	endless := func(text string) io.Reader { return &again{next: func(int) string { return text }} }
	long := strings.Repeat("x", 3*maxValue)
	for _, tt := range []struct {
		name string
		from io.Reader
		says string
	}{
		{"endless blanks", endless("        "), "a value in it is longer than 64 KiB"},
		{"an endless text", io.MultiReader(strings.NewReader(`{"items":["`), endless("x")), "a value in it"},
		{"an endless name", io.MultiReader(strings.NewReader(`{"`), endless("x")), "a value in it"},
		{"an endless number", endless("7"), "a value in it"},
		{
			"an endless list",
			io.MultiReader(strings.NewReader(`{"other":[`), endless(`"`+long[:1000]+`",`)),
			"it is longer than 1 MiB",
		},
		{"a long item", strings.NewReader(`{"items":[{"id":"` + long + `"}]}`), "a value in it"},
		{"half a list", strings.NewReader(`{"items":[{"id":1},`), "unexpected EOF"},
		{"half an object", strings.NewReader(`{"items":[]`), "unexpected EOF"},
		{"a field twice", strings.NewReader(`{"items":[],"items":[1]}`), `it has the field "items" twice`},
		{"a deep item", strings.NewReader(`{"items":[` + strings.Repeat("[", 20_000)), "exceeded max depth"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := readItems(&meter{from: tt.from, left: 1 << 20}, "items", func(any) error { return nil })
			require.ErrorContains(t, err, tt.says)
		})
	}
}

// TestALongAnswerIsCut: an answer that is no ledger is read as far as its bound and no further.
func TestALongAnswerIsCut(t *testing.T) {
	_, err := ReadWhole(strings.NewReader(strings.Repeat("x", maxAnswer)))
	require.NoError(t, err)
	for _, from := range []io.Reader{
		strings.NewReader(strings.Repeat("x", maxAnswer+1)),
		&again{next: func(int) string { return "        " }},
	} {
		_, err := ReadWhole(from)
		require.ErrorContains(t, err, "it is longer than 1 MiB")
	}
}

// again is a reader of one text after the other: next returns that of a number, "" at the end.
type again struct {
	next func(n int) string
	n    int
	now  string
}

// Read implements [io.Reader].
func (a *again) Read(p []byte) (int, error) {
	if a.now == "" {
		a.now = a.next(a.n)
		a.n++
	}
	if a.now == "" {
		return 0, io.EOF
	}
	n := copy(p, a.now)
	a.now = a.now[n:]
	return n, nil
}
