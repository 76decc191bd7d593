package conformance

import (
	"os"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/campaign"
	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/harness/contract/dialect"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/notation"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// TestEveryRowOfTheCatalogueIsComplete, and explained on its page.
func TestEveryRowOfTheCatalogueIsComplete(t *testing.T) {
	page, err := os.ReadFile("../../docs/conformance.md")
	require.NoError(t, err)
	var lines, names []string
	for _, k := range dialect.Knobs(model.Key{}, model.Promises{}) {
		lines = append(lines, k.Line)
	}
	for _, c := range checks() {
		require.NotContains(t, names, c.name)
		require.NotEmpty(t, c.asks, c.name)
		require.NotEqual(t, c.always, len(c.lines) > 0, c.name)
		require.Subset(t, lines, c.lines, c.name)
		require.Contains(t, string(page), c.name)
		if c.cases == 0 {
			require.Contains(t, names, c.of)
			require.NotEmpty(t, c.rules, c.name)
		}
		names = append(names, c.name)
	}
}

// draft is a contract of the dialect ietf, as it is filled in.
func draft() *model.Contract {
	i := slices.IndexFunc(contract.Dialects(), func(d contract.Dialect) bool { return d.Name == "ietf" })
	d := contract.Dialects()[i]
	return &model.Contract{Dialect: d.Name, Key: d.Key, Promises: d.Promises}
}

// TestWhatARowSays has what came of its cases, and what is made of that.
func TestWhatARowSays(t *testing.T) {
	race := checks()[slices.IndexFunc(checks(), func(c check) bool { return c.name == "race" })]
	other := draft()
	other.Promises.InFlight = []int{425}
	silent := draft()
	silent.Promises.InFlight = nil
	broken := func(rule, line string) campaign.Tally {
		return campaign.Tally{Cases: 3, Result: verdict.Invalid, Violations: []verdict.Violation{
			{Rule: rule, Level: verdict.LevelViolation, Line: line},
		}}
	}
	for name, tt := range map[string]struct {
		contract  *model.Contract
		tally     campaign.Tally
		undecided int
		want      Status
	}{
		"nothing was broken": {draft(), campaign.Tally{Cases: 3, Result: verdict.Valid}, 1, Kept},
		"another status": {
			draft(), broken("divergent-replay", "promises.in_flight: [409, 500]"), 0, Diverged,
		},
		"not the dialect's status": {
			other, broken("divergent-replay", "promises.in_flight: [425, 500]"), 0, Violated,
		},
		"no line allows it": {draft(), broken("divergent-replay", ""), 0, Violated},
		"something happened": {
			draft(), broken("over-deduplication", "promises.mismatch: [422]"), 0, Violated,
		},
		"nothing was seen":   {draft(), campaign.Tally{Cases: 3, Result: verdict.Unknown}, 2, Undecided},
		"nothing was begun":  {draft(), campaign.Tally{}, 0, Undecided},
		"nothing is said":    {silent, campaign.Tally{Cases: 3, Result: verdict.Valid}, 0, Undeclared},
		"said and broken":    {silent, broken("duplicate-effect", ""), 2, Violated},
		"silent and unknown": {silent, campaign.Tally{Cases: 3, Result: verdict.Unknown}, 2, Undecided},
	} {
		t.Run(name, func(t *testing.T) {
			a := &asked{contract: tt.contract, why: map[string]string{}}
			s := seen{tally: tt.tally, undecided: tt.undecided, belongs: func(string) bool { return true }}
			got := a.row(race, s)
			require.Equal(t, tt.want, got.Status, got)
		})
	}
}

// TestARowThatCannotBeDrawnSaysWhy, unless the contract says nothing of what it is about.
func TestARowThatCannotBeDrawnSaysWhy(t *testing.T) {
	for _, c := range checks() {
		a := &asked{contract: draft()}
		got := a.row(c, seen{why: "there is one tenant", belongs: func(string) bool { return true }})
		if want := Undeclared; !c.always && len(a.undeclared(c.lines)) == len(c.lines) {
			require.Equal(t, want, got.Status, c.name)
			continue
		}
		require.Equal(t, Untried, got.Status, c.name)
		require.Equal(t, "there is one tenant", got.Says)
	}
}

func TestTheWorstRowDecides(t *testing.T) {
	table := &Table{Rows: []Row{{Status: Kept}, {Status: Untried}, {Status: Undeclared}}}
	require.Equal(t, Kept, table.Worst())
	for _, status := range []Status{Diverged, Undecided, Violated} {
		table.Rows = append(table.Rows, Row{Status: status})
		require.Equal(t, status, table.Worst())
	}
}

// TestARefusalIsSeenWhenItIsRepeated: a row about repeats of refusals says nothing without one.
func TestARefusalIsSeenWhenItIsRepeated(t *testing.T) {
	c := draft()
	c.Operations = map[string]model.OperationType{"charge": {OK: []int{201}, Refused: []int{402}}}
	const begin = "op a charge alpha key=k1 {\"account\":\"A\"}\n"
	for lines, want := range map[string]bool{
		"invoke a.1\nreturn a.1 402\ninvoke a.2\nreturn a.2 402\n":     true,
		"invoke a.1\nreturn a.1 402\ninvoke a.2\nreturn a.2 timeout\n": false,
		"invoke a.1\nreturn a.1 402\n":                                 false,
		"invoke a.1\nreturn a.1 201\ninvoke a.2\nreturn a.2 201\n":     false,
	} {
		h, err := notation.Parse(begin + lines)
		require.NoError(t, err)
		require.Equal(t, want, refusedAgain(h, c), lines)
	}
}
