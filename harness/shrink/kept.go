package shrink

import (
	"slices"

	"github.com/idemcheck/idemcheck/harness/trial"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// maxKept is how many histories of invalid cases a run keeps for shrinking: of the gravest ones,
// and so many of what most likely is one mistake, so that a loud one hides no other. All others are
// dropped as soon as they were judged; those that are wanted on disk are there.
const maxKept, keptPerMistake = 4 * maxOrigins, 2 * originsPerRule

// Kept are the invalid outcomes of a run that still have their histories.
type Kept struct {
	list []*trial.Trial
	// All: none is dropped.
	All bool
}

// DropHistory drops the history of an outcome unless shrinking may need it.
func (k *Kept) DropHistory(o *trial.Trial) {
	if o.Verdict.Verdict != verdict.Invalid {
		o.History = nil
		return
	}
	k.list = append(k.list, o)
	if len(k.list) < 2*maxKept || k.All {
		return
	}
	slices.SortFunc(k.list, ByPriority)
	like, list := map[string]int{}, k.list[:0]
	for _, o := range k.list {
		which := gravest(o.Verdict).Rule + " " + manner(&o.Case, nil, nil)
		if like[which]++; like[which] > keptPerMistake || len(list) == maxKept {
			o.History = nil
			continue
		}
		list = append(list, o)
	}
	clear(k.list[len(list):])
	k.list = list
}
