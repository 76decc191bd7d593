package risk_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/judge"
	"github.com/idemcheck/idemcheck/model/judge/risk"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// two is a history of an operation that is potentially idempotent, a, and of one that is, b.
func two() (*model.History, *model.Contract) {
	return &model.History{Operations: []model.Operation{{ID: "a", Type: "risky"}, {ID: "b", Type: "safe"}}},
		&model.Contract{Operations: map[string]model.OperationType{
			"risky": {Label: "potentially", OK: []int{201}}, "safe": {Label: "idempotent", OK: []int{201}},
		}}
}

func TestOnlySecondExecutionsAreADeclaredRisk(t *testing.T) {
	const again, follows = "duplicate-effect", "divergent-replay"
	type found = []verdict.Violation
	a, b := []string{"a"}, []string{"b"}
	for name, c := range map[string]struct {
		found    found
		declared []bool
	}{
		"again":                {found{{Rule: again, Operations: a}}, []bool{true}},
		"of another operation": {found{{Rule: again, Operations: b}}, []bool{false}},
		"of both":              {found{{Rule: again, Operations: []string{"a", "b"}}}, []bool{false}},
		"of nobody":            {found{{Rule: again}}, []bool{false}},
		"lost":                 {found{{Rule: "lost-effect", Operations: a}}, []bool{false}},
		"what follows from it": {
			found{
				{Rule: again, Operations: a},
				{Rule: follows, Operations: a},
				{Rule: follows, Operations: b},
			},
			[]bool{true, true, false},
		},
		"what follows from nothing": {
			found{{Rule: follows, Operations: a}}, []bool{false},
		},
	} {
		h, contract := two()
		found := slices.Clone(c.found)
		for i := range found {
			found[i].Level = verdict.LevelViolation
		}
		risk.Declare(found, h, contract, judge.RuleOf)
		for i, v := range found {
			require.Equal(t, c.declared[i], v.Level == verdict.LevelDivergence, "%s: %+v", name, v)
		}
	}
}

func TestAnAnswerIsWhatAClientGot(t *testing.T) {
	h, c := two()
	ok := &model.Answer{Status: 201}
	for _, e := range []model.Event{
		{Kind: model.Answered, Operation: "a", Answer: ok},
		{Kind: model.Return, Operation: "a", Err: "timeout"},
		{Kind: model.Return, Operation: "a", Answer: &model.Answer{Status: 500}},
		{Kind: model.Return, Operation: "b", Answer: ok},
	} {
		h.Events = append(h.Events, e)
		require.False(t, risk.Answered(&h.Operations[0], h, c))
	}
	h.Events = append(h.Events, model.Event{Kind: model.Return, Operation: "a", Answer: ok})
	require.True(t, risk.Answered(&h.Operations[0], h, c))
}
