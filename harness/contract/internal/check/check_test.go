package check_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/contract/internal/check"
	"github.com/idemcheck/idemcheck/harness/internal/stub"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/argument"
	"github.com/idemcheck/idemcheck/model/follow"
)

// operation changes the only operation of the stub's contract.
func operation(change func(*model.OperationType)) func(*model.Contract) {
	return func(c *model.Contract) {
		op := c.Operations["charge"]
		change(&op)
		c.Operations["charge"] = op
	}
}

// amount makes the amount of the operation another argument.
func amount(a model.Arg) func(*model.Contract) {
	return operation(func(op *model.OperationType) {
		op.Args = map[string]model.Arg{"account": {Resource: "account"}, "amount": a}
	})
}

func ledger(change func(*model.Ledger)) func(*model.Contract) {
	return func(c *model.Contract) {
		l := c.Ledgers["book"]
		change(&l)
		c.Ledgers["book"] = l
	}
}

func async(change func(*follow.Async)) func(*model.Contract) {
	return operation(func(op *model.OperationType) {
		op.Async = &follow.Async{
			Accepted: []int{202}, Poll: follow.Address{Header: "Location"},
			Done: follow.StateValues{Field: "status", Values: []any{"done"}},
		}
		change(op.Async)
	})
}

// TestEachMistakeIsFoundAtItsPlace has a mistake for a check, and the nearest contract without it.
func TestEachMistakeIsFoundAtItsPlace(t *testing.T) {
	text := func(t argument.Texts) model.Arg { return model.Arg{Text: &t} }
	list := func(l argument.Lists) model.Arg { return model.Arg{List: &l} }
	cents := func(low, high string) model.Arg {
		return model.Arg{Decimal: &argument.Decimals{Min: low, Max: high}}
	}
	const arg = "operations charge args amount"
	for name, tt := range map[string]struct {
		wrong    func(*model.Contract)
		at, says string
		right    func(*model.Contract)
	}{
		"no service": {
			func(c *model.Contract) { c.Target.URL = "" }, "target url", "where the service is",
			func(c *model.Contract) { c.Target.URL = "http://${HOST}:80" },
		},
		"a negative rate": {
			func(c *model.Contract) { c.Target.MaxRate = -1 }, "target max_rate", "cannot be negative",
			func(c *model.Contract) { c.Target.MaxRate = 1 },
		},
		"a header that is none": {
			func(c *model.Contract) { c.Target.Headers = map[string]string{"a b": "x"} },
			"target headers a b", "cannot be the name of a header",
			func(c *model.Contract) { c.Target.Headers = map[string]string{"A-B": "x"} },
		},
		"two ways to draw": {
			amount(model.Arg{Max: 9, OneOf: []any{1}}), arg, "declared in two ways", amount(model.Arg{Max: 9}),
		},
		"bounds upside down": {
			amount(model.Arg{Min: 9, Max: 1}), arg, "min above its max", amount(model.Arg{Min: 9, Max: 9}),
		},
		"decimals upside down": {amount(cents("2", "1.5")), arg, "min is above max", amount(cents("1.5", "2"))},
		"no decimal": {
			amount(cents("1,5", "2")), arg, "is no decimal number", amount(cents("1.50", "2")),
		},
		"a decimal bound alone": {
			amount(cents("", "2")), arg, "have no", amount(cents("0", "2")),
		},
		"a text of two kinds": {
			amount(text(argument.Texts{Pattern: "[a-z]", Alphabet: "ab"})), arg, "a pattern or an alphabet",
			amount(text(argument.Texts{Alphabet: "ab"})),
		},
		"a pattern with a length": {
			amount(text(argument.Texts{Pattern: "[a-z]", Min: 2})), arg, "belong to an alphabet",
			amount(text(argument.Texts{Pattern: "[a-z]{2}"})),
		},
		"a pattern that is none": {
			amount(text(argument.Texts{Pattern: "("})), arg, "the pattern is not right",
			amount(text(argument.Texts{Pattern: "(a)"})),
		},
		"a pattern with ends": {
			amount(text(argument.Texts{Pattern: "^a"})), arg, "where a text begins",
			amount(text(argument.Texts{Pattern: `\^a`})),
		},
		"lists upside down": {
			amount(list(argument.Lists{Of: model.Arg{Max: 9}, Min: 3, Max: 2})), arg, "min is above max",
			amount(list(argument.Lists{Of: model.Arg{Max: 9}, Min: 2, Max: 2})),
		},
		"a list of resources": {
			amount(list(argument.Lists{Of: model.Arg{Resource: "account"}})), arg, "cannot hold resources",
			amount(list(argument.Lists{Of: model.Arg{OneOf: []any{1}}})),
		},
		"a status that is none": {
			operation(func(op *model.OperationType) { op.Refused = []int{402, 1000} }),
			"operations charge", "1000 is not an HTTP status",
			operation(func(op *model.OperationType) { op.Refused = []int{402, 599} }),
		},
		"a path without a slash": {
			operation(func(op *model.OperationType) { op.Path = "charges" }),
			"operations charge path", "does not begin with a slash",
			operation(func(op *model.OperationType) { op.Path = "/" }),
		},
		"a name that nothing has": {
			operation(func(op *model.OperationType) { op.Path = "/charges/{nobody}" }),
			"operations charge path", "is not declared",
			operation(func(op *model.OperationType) { op.Path = "/charges/{account}" }),
		},
		"a method that is none": {
			operation(func(op *model.OperationType) { op.Method = "post it" }),
			"operations charge method", "is not an HTTP method",
			operation(func(op *model.OperationType) { op.Method = "PURGE" }),
		},
		"an effect that nobody can tell": {
			func(c *model.Contract) {
				operation(func(op *model.OperationType) { op.Body = map[string]any{"amount": "{amount}"} })(c)
				ledger(func(l *model.Ledger) { l.Key = "" })(c)
			},
			"operations charge effects", "cannot tell whose effect",
			operation(func(op *model.OperationType) { op.Body = map[string]any{"amount": "{amount}"} }),
		},
		"a ledger that names nobody": {
			ledger(func(l *model.Ledger) { l.Key, l.CorrelationID = "", "" }),
			"ledgers book", "which operation an item belongs to", ledger(func(l *model.Ledger) { l.Key = "" }),
		},
		"a ledger of a resource that is not asked for": {
			ledger(func(l *model.Ledger) { l.Path = "/book" }), "ledgers book", "does not name one",
			ledger(func(l *model.Ledger) { l.Path = "/book/{id}" }),
		},
		"nothing to judge by": {
			func(c *model.Contract) {
				operation(func(op *model.OperationType) { op.Effects, op.Then, op.When = nil, nil, "" })(c)
				c.Resources = map[string]model.ResourceType{"account": {Create: c.Resources["account"].Create, ID: "id"}}
			},
			"", "nothing to judge by",
			operation(func(op *model.OperationType) { op.Effects = nil }),
		},
		"nothing that says accepted": {
			async(func(a *follow.Async) { a.Accepted = nil }), "operations charge async", "accept the operation",
			async(func(*follow.Async) {}),
		},
		"two places to ask": {
			async(func(a *follow.Async) { a.Poll.Field = "links.self" }), "operations charge async poll",
			"in one way", async(func(a *follow.Async) { a.Poll = follow.Address{Field: "links.self"} }),
		},
		"no state that is done": {
			async(func(a *follow.Async) { a.Done.Values = nil }), "operations charge async done", "which values",
			async(func(a *follow.Async) { a.Done.Values = []any{"done", true} }),
		},
	} {
		found := false
		problems := check.Check(stub.Contract(t, tt.wrong))
		for _, p := range problems {
			at := strings.Join(p.Path, " ")
			found = found || strings.HasPrefix(at, tt.at) && strings.Contains(p.Message, tt.says)
			require.NotEmpty(t, p.Advice, "%s: every mistake says what to do", name)
		}
		require.True(t, found, "%s: %+v", name, problems)
		for _, p := range check.Check(stub.Contract(t, tt.right)) {
			require.NotContains(t, p.Message, tt.says, "%s: the nearest contract has it not", name)
		}
	}
	require.Empty(t, check.Check(stub.Contract(t)))
}
