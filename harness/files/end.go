package files

import (
	"fmt"

	"github.com/idemcheck/idemcheck/model/verdict"
)

// endBegins is how this package writes the end line.
const endBegins = `{"end":`

// Ending is what is known about how a history file ends.
type Ending struct {
	// Planned is how many cases the header says that there were to be; zero when it does not.
	Planned int
	// Histories is how many were handed on.
	Histories int
	// End is the end line; nil when there is none.
	End *End
	// Left says what was left out because it was not whole, a sentence each; no more than a few.
	Left []string
}

// maxLeft is how many sentences about what was left out are kept.
const maxLeft = 10

// leave notes what was left out.
func (e *Ending) leave(what string) {
	if len(e.Left) < maxLeft {
		e.Left = append(e.Left, what)
	}
}

// join adds what a later part of the file says.
func (e *Ending) join(later Ending) {
	e.Histories += later.Histories
	if later.End != nil {
		e.End = later.End
	}
	for _, what := range later.Left {
		e.leave(what)
	}
}

// Doubts say why histories that are all right prove nothing: the run did not come to its end, or
// could not decide itself, or some histories are missing. cases is how many cases they are of. None
// means that the file is whole.
//
// A file without an end line and without a number of planned cases, as older versions wrote it, is
// whole when it holds a single history: then it is a saved case and no run.
func (e *Ending) Doubts(cases int) []string {
	out := append([]string(nil), e.Left...)
	switch {
	case e.End != nil:
		return append(out, e.End.doubts(e.Histories, cases)...)
	case e.Planned > 0:
		return append(out, fmt.Sprintf(
			"the run was interrupted after %d of %d cases: the history has no end line", cases, e.Planned))
	case e.Histories != 1:
		return append(out, fmt.Sprintf("the run may have been interrupted after %d cases: the history "+
			"has no end line, and does not say how many were planned (run again with this idemcheck)",
			cases))
	}
	return out
}

// doubts say why a pass of what a file holds, histories of so many cases, would be none.
func (e *End) doubts(histories, cases int) []string {
	var out []string
	if histories != e.Histories {
		out = append(out, fmt.Sprintf("the file holds %d histories and its end line counts %d",
			histories, e.Histories))
	}
	if e.Verdict == verdict.Valid || e.Verdict == verdict.Invalid {
		return out
	}
	if len(e.Reasons) == 0 {
		return append(out, fmt.Sprintf("the run itself came to no verdict after %d of %d cases",
			e.Run, e.Planned))
	}
	for _, why := range e.Reasons {
		out = append(out, "the run itself was unknown: "+why)
	}
	if ran := max(e.Run, cases); ran < e.Planned { // a run that failed could not count
		out = append(out, fmt.Sprintf("%d of %d cases were run", ran, e.Planned))
	}
	return out
}
