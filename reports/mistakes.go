package reports

import (
	"fmt"

	"github.com/idemcheck/idemcheck/reports/internal/page"
)

// showMistakes says of each line of the contract that does not describe the service what it says,
// what was seen, and what to write instead.
func showMistakes(p *page.Page, d *Document) {
	for i, m := range d.Verdict.Mistakes {
		p.Gap()
		at := m.Line()
		if m.Place != "" {
			at = m.Place + ": " + at
		}
		p.Text(page.Bold, fmt.Sprintf("  %d. ", i+1), at)
		p.Text(page.None, "       the contract says   ", m.Declared)
		p.Text(page.Doubt, "       the service showed  ", m.Observed)
		p.Text(page.Pass, "       what to do          ", m.Write)
		if m.Request != "" {
			p.Text(page.Dim, "       request  ", m.Request)
		}
		if m.Answer != "" {
			p.Text(page.Dim, "       answer   ", m.Answer)
		}
	}
}
