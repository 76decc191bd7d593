package reports

import (
	"fmt"
	"strings"

	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/judge"
	"github.com/idemcheck/idemcheck/model/verdict"
	"github.com/idemcheck/idemcheck/reports/internal/words"
)

// interferes says in a few words that a counterexample needs operations with other keys; "" where
// it does not.
func interferes(c *verdict.Counterexample) string {
	if c == nil || c.Interference == nil {
		return ""
	}
	return "; only beside operations with other keys"
}

// crossing says under the headline that not all is told by the rules' names; "" where it is.
func crossing(d *Document) string {
	if interferes(d.Verdict.Counterexample) == "" {
		return ""
	}
	return "; the smallest counterexample needs operations with other keys"
}

// interference says what a counterexample needs besides its own key, and what that most likely
// means; "" where it needs nothing.
func interference(c *verdict.Counterexample) string {
	if c == nil || c.Interference == nil {
		return ""
	}
	i := c.Interference
	cause := ""
	if i.Lost {
		cause = ": most likely another key's write loses this one's record (cross-key interference)"
	}
	return fmt.Sprintf(
		"only beside operations with other keys%s. Alone: 0 of %d replays; with %s: %d of %d.",
		cause, i.Replays, neighbours(i), i.Reproduced, i.Replays)
}

// neighbours names the operations and counts the cases without which nothing is wrong.
func neighbours(i *model.Interference) string {
	if i.Cases > 0 {
		return words.Plural(i.Cases, "case", "cases") + " beside it"
	}
	return words.Plural(len(i.Operations), "neighbour", "neighbours") + " in its case (" +
		strings.Join(i.Operations, ", ") + ")"
}

// whyBroken says why a broken rule matters. What is executed again only because of another key is
// told so: the key is not ignored.
func whyBroken(d *Document, rule string) string {
	c := d.Verdict.Counterexample
	if d.shrunk(rule) && c.Interference != nil && c.Interference.Lost {
		return "A key that works alone is forgotten beside others: a retry is then a second operation. " +
			"Look at what is kept, written or evicted for several keys together."
	}
	return judge.Why(rule)
}
