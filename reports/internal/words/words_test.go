package words

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/fault"
	"github.com/idemcheck/idemcheck/model/value"
	"github.com/idemcheck/idemcheck/model/verdict/tally"
)

func TestTextIsMadeFitForATerminal(t *testing.T) {
	long := strings.Repeat("x", MaxVisible)
	for text, want := range map[string]string{
		"plain ü 漢":       "plain ü 漢",
		"\x1b[31mred\a":   `\x1b[31mred\a`,
		"a\tb\nc":         "a    b\nc",
		"\u202egnp.exe":   `\u202egnp.exe`, // it would turn the line around
		"\xff":            "\ufffd",        // what is no text shows as such
		long:              long,
		long + "x":        long[1:] + "…",
		long + "x\nshort": long[1:] + "…\nshort",
	} {
		require.Equal(t, want, Visible(text))
	}
	lines := strings.Split(Visible(strings.Repeat("l\n", 500)), "\n")
	require.Len(t, lines, 101)
	require.Equal(t, "…", lines[100])
	require.Equal(t, "l", lines[99])
}

func TestASCIIKeepsEveryColumn(t *testing.T) {
	for text, want := range map[string]string{
		"── ╌│┼▶◀ ✂ × ✗ ✓ … · –": "-- .|+>< X x x + ~ - -", "ü漢": "??", "plain": "plain",
	} {
		require.Equal(t, want, Plain(text))
		require.Len(t, Plain(text), len([]rune(text)), text)
	}
}

func TestTextIsWrapped(t *testing.T) {
	for _, tt := range []struct {
		text  string
		width int
		want  []string
	}{
		{"", 20, []string{""}},
		{"one two three", 8, []string{"one two", "three"}},
		{"one two three", 7, []string{"one two", "three"}}, // eight is the least
		{"exactly8 more", 8, []string{"exactly8", "more"}},
		{"a verylongword b", 8, []string{"a", "verylong", "word b"}},
		{"  spaces \n and\tmore ", 40, []string{"spaces and more"}},
		{"üü üü üü", 8, []string{"üü üü üü"}}, // characters, not bytes
		{"a\x1bb", 20, []string{`a\x1bb`}},
	} {
		require.Equal(t, tt.want, Wrap(tt.text, tt.width), tt.text)
	}
}

func TestCountsAndTimesAreSaid(t *testing.T) {
	require.Equal(t, []string{"1 case", "2 cases", "0 cases"},
		[]string{Plural(1, "case", "cases"), Plural(2, "case", "cases"), Plural(0, "case", "cases")})
	require.Equal(t, []string{"once", "twice", "3 times", "0 times"},
		[]string{Times(1), Times(2), Times(3), Times(0)})
	require.Equal(t, time.Second, Round(time.Second+400*time.Microsecond))
	require.Equal(t, 999*time.Millisecond+4*time.Microsecond, Round(999*time.Millisecond+4004*time.Nanosecond))
	for _, tt := range []struct {
		numbers []int
		most    int
		want    string
	}{
		{nil, 3, ""},
		{[]int{3, 1, 3, 2}, 3, "1, 2, 3"},
		{[]int{4, 3, 2, 1}, 3, "1, 2, 3 and 1 more"},
		{[]int{9, 7, 5}, 1, "5 and 2 more"},
	} {
		require.Equal(t, tt.want, Numbers(tt.numbers, tt.most))
	}
}

func TestFaultsAreSaid(t *testing.T) {
	for want, f := range map[string]fault.Fault{
		"request-lost (reset)":                 {Kind: fault.RequestLost, Mode: fault.Reset},
		"request-cut (body, 500/1000 through)": {Kind: fault.RequestCut, Phase: fault.Body, PerMille: 500},
		"disconnect (reset, at 650/1000 of the time the service works)": {
			Kind: fault.Disconnect, Mode: fault.Reset, PerMille: 650,
		},
		"delay (upstream, 3ms)": {
			Kind: fault.Delay, Mode: fault.Upstream, Span: value.Duration(3 * time.Millisecond), PerMille: 7,
		},
		"throttled (429, Retry-After date)": {Kind: fault.Throttled, Status: 429, RetryAfter: "date"},
		"slow (bandwidth, 8192 bytes/s)":    {Kind: fault.Slow, Mode: fault.Bandwidth, BytesPerSecond: 8192},
		"slow (slicer, slices of 16 bytes)": {Kind: fault.Slow, Mode: fault.Slicer, SliceBytes: 16},
		"concurrent-duplicate ×3":           {Kind: fault.ConcurrentDuplicate, Copies: 3},
		"reorder":                           {Kind: fault.Reorder, Link: fault.ClientService},
		"refused (on store)":                {Kind: fault.Refused, Link: "store"},
	} {
		require.Equal(t, want, FaultText(f))
	}
	require.Equal(t, "a.2", FaultLabel(fault.Fault{Operation: "a", Attempt: 2, Copies: 1}))
	require.Equal(t, "a.2–a.4", FaultLabel(fault.Fault{Operation: "a", Attempt: 2, Copies: 3}))
}

func TestAnswersAreSaid(t *testing.T) {
	for want, a := range map[string]model.Answer{
		"204":                   {Status: 204},
		`201 {"id":1}`:          {Status: 201, Body: " {\"id\":1}\n"},
		"201 [replay marker] x": {Status: 201, ReplayMarker: true, Body: "x"},
		"503 [Retry-After 3]":   {Status: 503, Headers: map[string]string{"Retry-After": "3"}},
		`200 a\x00b`:            {Status: 200, Body: "a\x00b"},
		"200 " + strings.Repeat("y", BodyLength-1) + "…": {Status: 200, Body: strings.Repeat("y", BodyLength+1)},
	} {
		require.Equal(t, want, AnswerText(&a))
	}
}

func TestKindsAreInTheOrderOfTheCatalogue(t *testing.T) {
	all := fault.Kinds()
	first, last := all[0].Kind, all[len(all)-1].Kind
	got := Kinds(map[fault.Kind]tally.KindCount{"zebra": {}, last: {}, "aardvark": {}, first: {}})
	require.Equal(t, []fault.Kind{first, last, "aardvark", "zebra"}, got)
}
