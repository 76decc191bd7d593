package reports

import (
	"fmt"
	"math"
	"strings"

	"github.com/idemcheck/idemcheck/internal/lists"
	"github.com/idemcheck/idemcheck/model/verdict/confidence"
	"github.com/idemcheck/idemcheck/reports/internal/page"
)

// showWorth says in a line what a pass is worth.
func showWorth(p *page.Page, c *confidence.Confidence) {
	if c == nil {
		return
	}
	var parts []string
	if c.Seeded != nil {
		parts = append(parts, found(*c.Seeded))
	}
	p.Text(page.Dim, "  worth: ", strings.Join(append(parts, harmless(c)), "; "))
}

// maxMissed is how many missed bugs are named.
const maxMissed = 6

// found says which seeded bugs the budget finds.
func found(s confidence.Seeded) string {
	out := fmt.Sprintf("this budget finds %d of %d seeded bugs", s.Found, s.Of)
	if len(s.Missed) == 0 {
		return out
	}
	return out + " (not: " + strings.Join(missed(s), ", ") + ")"
}

// missed names some of the bugs that are not found.
func missed(s confidence.Seeded) []string {
	shown := s.Missed[:min(maxMissed, len(s.Missed))]
	names := lists.Map(shown, func(m confidence.MissedBug) string { return m.Name })
	if more := len(s.Missed) - len(shown); more > 0 {
		names = append(names, fmt.Sprintf("and %d more", more))
	}
	return names
}

// harmless says how often a retry may still do harm.
func harmless(c *confidence.Confidence) string {
	if len(c.Faults) == 0 {
		return fmt.Sprintf("at 95 %% fewer than %s of cases do harm, and no fault was tried",
			percent(c.PerCase.Rate))
	}
	weakest := c.Faults[0]
	return fmt.Sprintf("at 95 %% fewer than %s of cases with a fault do harm; weakest: %s, %s",
		percent(c.PerFaultyCase.Rate), weakest.Kind, percent(weakest.Rate))
}

// percent rounds up, so that a bound stays one, and has one decimal below ten.
func percent(share float64) string {
	if share < 0.1 {
		return fmt.Sprintf("%.1f %%", math.Ceil(1000*share)/10)
	}
	return fmt.Sprintf("%.0f %%", math.Ceil(100*share))
}
