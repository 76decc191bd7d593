package reports

import (
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/model/verdict"
	"github.com/idemcheck/idemcheck/model/verdict/tally"
)

func TestTextSaysWhatARetryWouldHaveDone(t *testing.T) {
	doc := validDocument()
	text := func() string {
		return render(t, func(w io.Writer) error { return Text(w, doc, TextOptions{Width: 200}) })
	}
	require.NotContains(t, text(), "not retried")
	doc.Verdict.Judged.Once = tally.SentOnce{Sent: 9, Unanswered: 4, Executed: 3}
	require.Contains(t, text(), "not retried (label: not): 9 operations sent once, 4 without a "+
		"definite answer; a retry would have executed 3 of these again\n")
}

func TestADeclaredRiskIsNoHarmAndIsSaid(t *testing.T) {
	doc := validDocument()
	doc.Verdict.Violations = []verdict.Violation{{
		Rule: "duplicate-effect", Level: verdict.LevelDivergence, Case: 4, Operations: []string{"a"},
		Message: "declared risk (label: potentially): a happened twice",
	}}
	text := render(t, func(w io.Writer) error { return Text(w, doc, TextOptions{Width: 200}) })
	require.Contains(t, text, "apart from the declared risk: duplicate-effect (1 case)")
	require.Contains(t, text, "duplicate-effect (divergence, does not count)")
	require.NotContains(t, text, "retries do harm")
}
