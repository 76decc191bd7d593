package captured_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/contract/internal/check/captured"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/choice"
	"github.com/idemcheck/idemcheck/model/exchange"
)

// said lists where problems are and what they say; each says what to do.
func said(t *testing.T, c *model.Contract) (out []string) {
	t.Helper()
	for _, p := range captured.Problems(c) {
		require.NotEmpty(t, p.Advice, p.Message)
		out = append(out, strings.Join(p.Path, ".")+": "+p.Message)
	}
	return out
}

// hands is an operation before which a step captures a token.
func hands(change func(*model.OperationType)) map[string]model.OperationType {
	o := model.OperationType{
		Path:   "/orders/{token}",
		Before: []exchange.SetupStep{{Path: "/tokens", Capture: map[string]exchange.Spot{"token": {Body: "id"}}}},
	}
	if change != nil {
		change(&o)
	}
	return map[string]model.OperationType{"order": o}
}

func TestKeysThatTheServiceMakes(t *testing.T) {
	header := model.Key{From: "token", Header: "Order-Token"}
	const formed = "key.from: the service makes the keys: nothing is to be said of their form"
	for name, tt := range map[string]struct {
		key        model.Key
		operations map[string]model.OperationType
		want       []string
	}{
		"clients make them":     {model.Key{MinLength: 9}, hands(nil), nil},
		"a step hands them out": {header, hands(nil), nil},
		"in the body": {
			model.Key{From: "token"},
			hands(func(o *model.OperationType) { o.Body = "{key}" }),
			nil,
		},
		"with a length at least": {
			model.Key{From: "token", Header: "A", MinLength: 1},
			hands(nil),
			[]string{formed},
		},
		"with a length at most": {
			model.Key{From: "token", Header: "A", MaxLength: 1},
			hands(nil),
			[]string{formed},
		},
		"with a format": {
			model.Key{From: "token", Header: "A", Format: "uuid"},
			hands(nil),
			[]string{formed},
		},
		"with a pattern": {
			model.Key{From: "token", Header: "A", Pattern: "a+"},
			hands(nil),
			[]string{formed},
		},
		"nobody sends them": {
			model.Key{From: "token"},
			hands(nil),
			[]string{"operations.order: the operation order does not send the key that key.from names"},
		},
		"no step hands them out": {
			header, hands(func(o *model.OperationType) { o.Before = nil }),
			[]string{`operations.order: no step before the operation order captures "token" (key.from)`},
		},
	} {
		require.Equal(t, tt.want, said(t, &model.Contract{Key: tt.key, Operations: tt.operations}), name)
	}
}

func TestNoCaptureInAHeaderTellsOperationsApart(t *testing.T) {
	headers := map[string]string{"X-A": "{token}", "X-B": "no {tokens}", "X-C": "of {token}!"}
	for name, tt := range map[string]struct {
		change func(*model.OperationType)
		want   []string
	}{
		"alone": {func(o *model.OperationType) { o.Headers = headers }, []string{
			"operations.order.headers.X-A: {token} may be all that tells two operations apart here",
			"operations.order.headers.X-C: {token} may be all that tells two operations apart here",
		}},
		"beside a mark": {
			func(o *model.OperationType) { o.Headers, o.Body = headers, "{mark}" },
			nil,
		},
		"beside nothing that was captured": {
			func(o *model.OperationType) { o.Headers, o.Before = headers, nil }, nil,
		},
	} {
		require.Equal(t, tt.want, said(t, &model.Contract{Operations: hands(tt.change)}), name)
	}
}

func TestChoicesAreOfTheCatalogue(t *testing.T) {
	for name, tt := range map[string]struct {
		scenarios, faults *choice.Selection
		want              []string
	}{
		"nothing is chosen": {nil, nil, nil},
		"kinds of faults": {nil, &choice.Selection{
			Include: []string{"disconnect"}, Exclude: []string{"throttled"},
			Weights: map[string]int{"disconnect": 1, "throttled": 100},
		}, nil},
		"kinds that nobody makes": {nil, &choice.Selection{
			Include: []string{"disconnect", "a"}, Exclude: []string{"b"}, Weights: map[string]int{"c": 1},
		}, []string{
			`faults.include.1: there is no kind of fault "a"`,
			`faults.exclude.0: there is no kind of fault "b"`,
			`faults.weights.c: there is no kind of fault "c"`,
		}},
		"in both, and with odd weights": {&choice.Selection{
			Include: []string{"a", "b"}, Exclude: []string{"c", "b"},
			Weights: map[string]int{"a": 0, "d": 101, "e": 100, "f": 1},
		}, nil, []string{
			`scenarios.exclude.1: "b" is in both include and exclude`,
			`scenarios.weights.a: the weight 0 of "a" is not between 1 and 100`,
			`scenarios.weights.d: the weight 101 of "d" is not between 1 and 100`,
		}},
		"faults in both": {nil, &choice.Selection{
			Include: []string{"disconnect"}, Exclude: []string{"disconnect"},
		}, []string{`faults.exclude.0: "disconnect" is in both include and exclude`}},
	} {
		require.Equal(t, tt.want, said(t, &model.Contract{Scenarios: tt.scenarios, Faults: tt.faults}), name)
	}
}
