package page

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestLinesAreStyledAndSafe(t *testing.T) {
	for name, tt := range map[string]struct {
		opts  Options
		spans []Span
		want  string
	}{
		"plain": {Options{}, []Span{In(Red, "a"), In(None, "b ")}, "ab"},
		"coloured": {
			Options{Color: true}, []Span{In(Red, "a"), In(None, "b")}, "\x1b[31ma\x1b[0mb",
		},
		"blanks have no colour":    {Options{Color: true}, []Span{In(Red, "  "), In(None, "b")}, "  b"},
		"nothing moves the cursor": {Options{}, []Span{In(None, "a\x1b[2Jb")}, `a\x1b[2Jb`},
		"ASCII":                    {Options{ASCII: true}, []Span{In(None, "a–ü")}, "a-?"},
		"long text is cut": {
			Options{}, []Span{In(None, strings.Repeat("x", 3000))}, strings.Repeat("x", 1999) + "…",
		},
		"nothing":                    {Options{Color: true}, nil, ""},
		"spaces at the end are gone": {Options{}, []Span{In(None, "a"), In(None, "   ")}, "a"},
	} {
		p := New(tt.opts)
		p.Line(tt.spans...)
		require.Equal(t, []string{tt.want}, p.Lines, name)
	}
}

func TestPagesHaveAWidth(t *testing.T) {
	for width, want := range map[int]int{0: 96, 1: 72, 72: 72, 73: 73, 200: 200} {
		require.Equal(t, want, Options{Width: width}.Columns())
	}
	p := New(Options{Width: 72})
	p.Heading("ä title")
	require.Len(t, []rune(p.Lines[0]), 72, "characters, not bytes")
	p.Heading(strings.Repeat("t", 90))
	require.True(t, strings.HasSuffix(p.Lines[2], "t ──"), p.Lines[2])
}

func TestParagraphsHangBehindTheirFirstWord(t *testing.T) {
	p := New(Options{Width: 72})
	p.Text(None, "→ next: ", strings.Repeat("words ", 20))
	require.Len(t, p.Lines, 2)
	require.Equal(t, "→ next: words", p.Lines[0][:len("→ next: words")])
	require.True(t, strings.HasPrefix(p.Lines[1], "        words"), p.Lines[1])
	for _, l := range p.Lines {
		require.LessOrEqual(t, len([]rune(l)), 72)
	}
}

func TestGapsAreOneLine(t *testing.T) {
	p := New(Options{})
	p.Gap() // a page does not begin with one
	p.Put(None, "%d", 1)
	p.Gap()
	p.Gap()
	p.Put(None, "2")
	var b strings.Builder
	require.NoError(t, p.Print(&b, "a page"))
	require.Equal(t, "1\n\n2\n", b.String())
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space") }

func TestErrorsNameWhatWasWritten(t *testing.T) {
	require.EqualError(t, New(Options{}).Print(full{}, "a page"), "writing a page: no space")
	require.EqualError(t, Table(full{}, []string{"a"}, nil), "writing a table: no space")
}

func TestTablesAreAligned(t *testing.T) {
	for name, tt := range map[string]struct {
		header []string
		rows   [][]string
		want   string
	}{
		"numbers to the right": {
			[]string{"name", "n"},
			[][]string{{"a", "7"}, {"bcdef", "12"}},
			"name    n\na       7\nbcdef  12\n",
		},
		"a number among texts is one": {
			[]string{"n"}, [][]string{{"7"}, {"many"}}, "n\n7\nmany\n",
		},
		"short rows": {
			[]string{"a", "b", "c"}, [][]string{{"1"}, {"1", "x", "y"}}, "a  b  c\n1\n1  x  y\n",
		},
		"no rows":               {[]string{"aa", "b"}, nil, "aa  b\n"},
		"characters, not bytes": {[]string{"ä", "b"}, [][]string{{"漢x", "c"}}, "ä   b\n漢x  c\n"},
		"safe to show":          {[]string{"a", "b"}, [][]string{{"\x1b", "c"}}, "a     b\n\\x1b  c\n"},
	} {
		var b strings.Builder
		require.NoError(t, Table(&b, tt.header, tt.rows))
		require.Equal(t, tt.want, b.String(), name)
	}
}
