package reports

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/model/fault"
	"github.com/idemcheck/idemcheck/model/verdict/confidence"
)

// inWords renders the line of a confidence.
func inWords(t *testing.T, c *confidence.Confidence) string {
	t.Helper()
	doc := validDocument()
	doc.Verdict.Confidence = c
	var out bytes.Buffer
	require.NoError(t, Text(&out, doc, TextOptions{Width: 400}))
	for line := range strings.Lines(out.String()) {
		if after, ok := strings.CutPrefix(line, "  worth: "); ok {
			return strings.TrimSpace(after)
		}
	}
	return ""
}

func TestWorthNamesOnlySomeOfWhatIsMissed(t *testing.T) {
	require.Empty(t, inWords(t, nil))
	c := &confidence.Confidence{PerCase: confidence.Bound{Cases: 100, Rate: 0.0295}}
	require.Equal(t, "at 95 % fewer than 3.0 % of cases do harm, and no fault was tried", inWords(t, c))
	c.Seeded = &confidence.Seeded{Found: 1, Of: 9}
	for _, name := range strings.Fields("a b c d e f g h") {
		c.Seeded.Missed = append(c.Seeded.Missed, confidence.MissedBug{Name: name})
	}
	require.Contains(t, inWords(t, c), "finds 1 of 9 seeded bugs (not: a, b, c, d, e, f, and 2 more); at")
	c.Seeded = &confidence.Seeded{Found: 9, Of: 9}
	c.PerFaultyCase = confidence.Bound{Cases: 50, Rate: 0.0582}
	c.Faults = []confidence.FaultBound{{Kind: fault.Throttled, Bound: confidence.Bound{Cases: 8, Rate: 0.3124}}}
	require.Equal(t, "this budget finds 9 of 9 seeded bugs; at 95 % fewer than 5.9 % of cases with a fault do "+
		"harm; weakest: throttled, 32 %", inWords(t, c))
}

// TestUnseenIsInTheFirstLine: what never came up again is not read as if it had.
func TestUnseenIsInTheFirstLine(t *testing.T) {
	const said = "did not happen again in 5 replays"
	for reproduced, want := range map[int]bool{0: true, 1: false, 5: false} {
		doc := lostDocument()
		doc.Verdict.Counterexample.Reproduced = reproduced
		text := render(t, func(w io.Writer) error { return Text(w, doc, TextOptions{Width: 200}) })
		first, rest, _ := strings.Cut(text, "\n")
		require.Equal(t, want, strings.Contains(first, said), first)
		require.Equal(t, want, strings.Contains(rest, "not seen again"), rest)
	}
	doc := lostDocument()
	doc.Verdict.Counterexample.Reproduced, doc.Verdict.Counterexample.Replays = 0, 0
	text := render(t, func(w io.Writer) error { return Text(w, doc, TextOptions{}) })
	require.NotContains(t, text, "did not happen again")
}
