package saved_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/harness/files"
	"github.com/idemcheck/idemcheck/harness/internal/saved"
	"github.com/idemcheck/idemcheck/harness/plan"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/argument"
)

const promises = `
version: 1
name: shelf
target: {url: "http://shelf.test", timeout: 100ms}
key: {header: Idempotency-Key, quoted: false}
promises: {replay: same-body, mismatch: [422]}
tenants: {one: {headers: {X-Tenant: one}}, two: {headers: {X-Tenant: two}}}
resources:
  shelf:
    create: {path: /shelves, body: {id: "{unique}"}, ok: [201]}
    id: id
    read: {path: "/shelves/{id}"}
    state: {books: {field: books, initial: 0}}
operations:
  put:
    path: /shelves/{shelf}/books
    args:
      shelf: {resource: shelf}
      count: {min: 1, max: 9}
      color: {one_of: [red, 2]}
      price: {decimal: {min: "0.01", max: "9.99"}}
      title: {text: {alphabet: abc}}
    body: {note: "{mark}", count: "{count}", color: "{color}", price: "{price}", title: "{title}"}
    ok: [201]
    effects: [{ledger: books, resource: shelf}]
ledgers:
  books: {path: "/shelves/{id}/books", per: shelf, mark: note}
`

// shelf parses the contract, which change may change.
func shelf(t *testing.T, change func(*model.Contract)) *model.Contract {
	t.Helper()
	c, err := contract.Parse("shelf.yaml", []byte(promises))
	require.NoError(t, err)
	if change != nil {
		change(c)
	}
	return c
}

// arg changes an argument of the contract.
func arg(name string, to model.Arg) func(*model.Contract) {
	return func(c *model.Contract) { c.Operations["put"].Args[name] = to }
}

// TestACaseOfAnotherContractIsLeftOut: what could accuse a right service is not run, and a file
// that is left out says why.
func TestACaseOfAnotherContractIsLeftOut(t *testing.T) {
	folder := t.TempDir()
	rows := []plan.Scenario{{Name: "sent-twice", Repeats: plan.Range{Min: 1, Max: 1}}}
	drawn, err := plan.Draw(plan.Options{Contract: shelf(t, nil), Scenarios: rows, Seed: 1, Cases: 1})
	require.NoError(t, err)
	op := &drawn.Cases[0].Operations[0]
	op.Args["count"], op.Args["color"], op.Args["price"] = int64(9), "red", "9.99"
	drawn.Cases = drawn.Cases[:1]
	path := filepath.Join(folder, "duplicate-effect.json")
	require.NoError(t, files.SavePlan(path, drawn))

	for name, tt := range map[string]struct {
		change func(*model.Contract)
		why    string
	}{
		"the same":      {nil, ""},
		"a wider range": {arg("count", model.Arg{Min: 1, Max: 99}), ""},
		"a narrower range": {
			arg("count", model.Arg{Min: 1, Max: 8}), `the argument "count" of the operation "put"`,
		},
		"more values":  {arg("color", model.Arg{OneOf: []any{"blue", "red"}}), ""},
		"other values": {arg("color", model.Arg{OneOf: []any{"blue"}}), `the argument "color"`},
		"higher prices": {
			arg("price", model.Arg{Decimal: &argument.Decimals{Min: "0.01", Max: "99.99"}}), "",
		},
		"lower prices": {
			arg("price", model.Arg{Decimal: &argument.Decimals{Min: "0.01", Max: "1.99"}}), `the argument "price"`,
		},
		"other texts": {arg("title", model.Arg{Text: &argument.Texts{Alphabet: "xyz"}}), `the argument "title"`},
		"no argument": {
			func(c *model.Contract) { delete(c.Operations["put"].Args, "color") }, `no argument "color"`,
		},
		"a new one": {arg("size", model.Arg{Min: 1, Max: 2}), `the argument "size"`},
		"a failure": {func(c *model.Contract) {
			put := c.Operations["put"]
			put.Args["count"] = model.Arg{Min: 1, Max: 8}
			put.FailsWhen = []model.Failure{{Args: map[string]any{"count": 9}}}
			c.Operations["put"] = put
		}, ""},
		"no operation": {func(c *model.Contract) { delete(c.Operations, "put") }, `no operation "put"`},
		"no resource":  {func(c *model.Contract) { delete(c.Resources, "shelf") }, `no resource "shelf"`},
		"no tenant":    {func(c *model.Contract) { c.Tenants = nil }, `no tenant "`},
		"another promise, of a scenario that may be drawn": {
			func(c *model.Contract) { c.Promises.Mismatch = []int{409} }, "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := saved.Load(folder, shelf(t, tt.change), rows)
			if tt.why == "" {
				require.Equal(t, []string{path}, got.Paths, got.Notes)
				require.Empty(t, got.Notes)
				return
			}
			require.Empty(t, got.Cases)
			require.Len(t, got.Notes, 1)
			require.Contains(t, got.Notes[0], tt.why)
			require.Contains(t, got.Notes[0], "next: delete the file")
		})
	}
	changed := shelf(t, func(c *model.Contract) { c.Promises.Mismatch = []int{409} })
	require.Contains(t, saved.Load(folder, changed, nil).Notes[0], "other promises")
	require.Empty(t, saved.Load(filepath.Join(folder, "none"), changed, rows))
}
