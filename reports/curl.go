package reports

import (
	"io"

	"github.com/idemcheck/idemcheck/reports/internal/curl"
	"github.com/idemcheck/idemcheck/reports/internal/page"
)

// Curl writes the counterexample as a shell script: what the service saw, in the order and with the
// overlaps in which it saw it, under fresh keys. A lost answer needs no fault (the service cannot
// tell it from a client that does not listen); what curl cannot make is said in a comment. Secrets
// are read from the environment. It returns [ErrNoCounterexample] when the document has no history.
func Curl(w io.Writer, doc Document) error {
	if doc.History == nil {
		return ErrNoCounterexample
	}
	return page.Write(w, "a curl script", scriptOf(&doc).Whole())
}

// scriptOf is the counterexample of a document as a script.
func scriptOf(d *Document) *curl.Script {
	return curl.New(curl.Material{
		Contract: &d.Contract, History: d.History, Verdict: &d.Verdict, Replay: d.Replay,
	})
}
