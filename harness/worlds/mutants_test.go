package worlds_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness"
	"github.com/idemcheck/idemcheck/harness/campaign"
	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/internal/sweep"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/judge"
	"github.com/idemcheck/idemcheck/model/value"
	"github.com/idemcheck/idemcheck/model/verdict"
	"github.com/idemcheck/idemcheck/scenarios"
)

// mutantsVariable says how many mutants are judged at least.
const mutantsVariable = "IDEMCHECK_MUTANTS"

// mutant is a valid history with one change.
type mutant struct {
	history *model.History
	// what was done, for the message about a survivor.
	what string
	// changed says, from what was done and without the judge, whether no single execution explains
	// the history any more or its evidence is gone. Otherwise it must stay valid.
	changed bool
}

// mutation is one class of changes.
type mutation struct {
	name string
	// why says why a change of this class counts, or when it does not.
	why string
	// at makes the mutant of the event with an index, or none: the history is a copy to change.
	at func(h *model.History, i int) (what string, changed, applies bool)
}

// row is a line of the kill table.
type row struct{ mutants, invalid, unknown, harmless int }

// TestTheJudgeNoticesEveryChangeOfMeaning records valid histories of the right service over the
// whole catalogue, changes one thing in each, and asks the judge.
func TestTheJudgeNoticesEveryChangeOfMeaning(t *testing.T) {
	want := number(t, mutantsVariable, sweep.Of(800, 2000))
	c := resolved(t, "http://in.memory")
	spec, err := contract.Compile(c)
	require.NoError(t, err)
	classes := mutations(c)
	table := map[string]*row{}
	for _, class := range classes {
		table[class.name] = &row{}
	}
	total, wrong := 0, []string{}
	for seed := uint64(1); total < want; seed++ {
		for _, h := range recorded(t, c, seed) {
			dice := rand.New(rand.NewPCG(seed, uint64(h.Case)))
			for _, class := range classes {
				for _, m := range class.mutants(h, dice) {
					total++
					if complaint := table[class.name].judge(m, c, spec); complaint != "" {
						wrong = append(wrong, class.name+": "+complaint)
					}
				}
			}
		}
	}
	t.Log("\n" + killTable(classes, table))
	require.Empty(t, wrong[:min(len(wrong), 20)], "%d of %d mutants", len(wrong), total)
}

// judge judges a mutant and says what is wrong with the verdict.
func (r *row) judge(m mutant, c *model.Contract, spec model.Spec) string {
	v := judge.Judge(m.history, c, spec)
	r.mutants++
	switch v.Verdict {
	case verdict.Invalid:
		r.invalid++
	case verdict.Unknown:
		r.unknown++
	}
	if !m.changed {
		r.harmless++
	}
	caught := v.Verdict != verdict.Valid
	if caught == m.changed {
		return ""
	}
	return fmt.Sprintf("%s of case %d (%s): changed %v, but %s %v %v", m.what, m.history.Case,
		m.history.Scenario, m.changed, v.Verdict, v.Reasons, rulesBroken(v))
}

func rulesBroken(v verdict.Verdict) []string {
	var out []string
	for _, found := range v.Violations {
		out = append(out, found.Rule+": "+found.Message)
	}
	return out
}

// perClass is how many places of one history a class is tried at.
const perClass = 3

// mutants makes a few mutants of a class from a history.
func (c mutation) mutants(h *model.History, dice *rand.Rand) []mutant {
	var out []mutant
	for _, i := range dice.Perm(len(h.Events)) {
		copied := deep(h)
		what, changed, applies := c.at(copied, i)
		if applies {
			out = append(out, mutant{copied, what, changed})
		}
		if len(out) == perClass {
			break
		}
	}
	return out
}

// deep copies a history, so that changing the copy leaves the original alone.
func deep(h *model.History) *model.History {
	out := *h
	out.Events = slices.Clone(h.Events)
	for i := range out.Events {
		e := &out.Events[i]
		if e.Answer != nil {
			a := *e.Answer
			e.Answer = &a
		}
		if e.Effect != nil {
			effect := *e.Effect
			effect.Fields = maps.Clone(effect.Fields)
			e.Effect = &effect
		}
	}
	return &out
}

// recorded runs a plan over the whole catalogue against the right service and returns the last
// history of every case.
func recorded(t *testing.T, c *model.Contract, seed uint64) []*model.History {
	t.Helper()
	plan := draw(t, c, seed, 2*len(scenarios.HTTP()))
	out := make([]*model.History, len(plan.Cases)+plan.Novelty)
	result, err := campaign.Run(t.Context(), campaign.Options{
		Contract: c, Plan: plan, Place: harness.Virtual(t, target("", work)),
		Limits: campaign.Limits{Parallel: 1, KeepGoing: true},
		Observer: saving{to: func(h *model.History) error {
			out[h.Case] = h
			return nil
		}},
	})
	require.NoError(t, err)
	require.Equal(t, verdict.Valid, result.Verdict.Verdict, "%v", result.Verdict.Reasons)
	return slices.DeleteFunc(out, func(h *model.History) bool { return h == nil })
}

// killTable shows what became of the mutants.
func killTable(classes []mutation, table map[string]*row) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%-28s %8s %8s %8s %9s  %s\n",
		"mutation", "mutants", "invalid", "unknown", "harmless", "because")
	var sum row
	for _, c := range classes {
		r := table[c.name]
		fmt.Fprintf(&b, "%-28s %8d %8d %8d %9d  %s\n",
			c.name, r.mutants, r.invalid, r.unknown, r.harmless, c.why)
		sum.mutants += r.mutants
		sum.invalid += r.invalid
		sum.unknown += r.unknown
		sum.harmless += r.harmless
	}
	fmt.Fprintf(&b, "%-28s %8d %8d %8d %9d\n", "all", sum.mutants, sum.invalid, sum.unknown, sum.harmless)
	return b.String()
}

// edited changes a field of a JSON body.
func edited(body, field string, change func(any) any) (string, bool) {
	var m map[string]any
	dec := json.NewDecoder(strings.NewReader(body))
	dec.UseNumber()
	if dec.Decode(&m) != nil || m[field] == nil {
		return body, false
	}
	m[field] = change(value.Normal(m[field]))
	out, err := json.Marshal(m)
	return string(out), err == nil
}
