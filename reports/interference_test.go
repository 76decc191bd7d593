package reports

import (
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/judge"
)

// TestAKeyThatWorksAloneIsNotCalledIgnored: text and JUnit say what it takes, and the sentence on
// the rule gives way.
func TestAKeyThatWorksAloneIsNotCalledIgnored(t *testing.T) {
	d := besideDocument()
	why := strings.Join(strings.Fields(judge.Why("duplicate-effect"))[:8], " ")
	text := render(t, func(w io.Writer) error { return Text(w, d, TextOptions{}) })
	flat := strings.Join(strings.Fields(text), " ")
	require.Contains(t, flat, "only beside operations with other keys: most likely another key's write loses "+
		"this one's record (cross-key interference). Alone: 0 of 5 replays; with 1 neighbour in its case (b): "+
		"5 of 5.")
	require.NotContains(t, flat, why)
	require.Contains(t, parse(t, d).Cases[0].Failure.Message, "; only beside operations with other keys")

	d.Verdict.Counterexample.Interference = nil
	text = render(t, func(w io.Writer) error { return Text(w, d, TextOptions{}) })
	flat = strings.Join(strings.Fields(text), " ")
	require.Contains(t, flat, why)
	require.Equal(t, 1, strings.Count(flat, "only beside operations"), "of the further one")
}

// TestCurlCannotRunOtherCasesBeside: the script says so.
func TestCurlCannotRunOtherCasesBeside(t *testing.T) {
	d := besideDocument()
	d.Verdict.Counterexample.Interference = &model.Interference{Cases: 7, Reproduced: 5, Replays: 5}
	script := render(t, func(w io.Writer) error { return Curl(w, d) })
	require.Contains(t, script, "# Not in this script, because curl cannot make it: 7 cases at work beside it.")
}
