package judge_test

import (
	"fmt"

	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/model/judge"
	"github.com/idemcheck/idemcheck/model/notation"
)

// A history is what was seen, as data: here of a client whose first answer was lost, and who tried
// again with the same key. Judging needs no service, and says the same on every machine.
func ExampleJudge() {
	promised, err := contract.Parse("idemcheck.yaml", []byte(`
version: 1
name: charges
target: {url: "http://charges.test"}
resources:
  account:
    create: {path: /accounts, body: {id: "{unique}", balance: 100}, ok: [201]}
    id: id
    read: {path: "/accounts/{id}"}
operations:
  charge:
    path: /charges
    args: {account: {resource: account}, amount: {min: 1, max: 9}}
    body: {account: "{account}", amount: "{amount}", note: "{mark}"}
    ok: [201]
    effects: [{ledger: effects, kind: charge, resource: account}]
ledgers:
  effects: {path: "/charges?account={id}", per: account, mark: note, kind: kind}
`))
	if err != nil {
		fmt.Println(err)
		return
	}
	spec, err := contract.Compile(promised)
	if err != nil {
		fmt.Println(err)
		return
	}
	seen, err := notation.Parse(`
op a charge - key=k1 mark=m1 {"account":"A","amount":5}
does a charge A
0s    invoke a.1
0s    sent a.1
9ms   fault a.1 response-lost fired
100ms return a.1 timeout
150ms invoke a.2
150ms sent a.2
160ms answered a.2 201 {"id":"c2"}
160ms return a.2 201 {"id":"c2"}
160ms heal
170ms effect charge A mark=m1
170ms effect charge A mark=m1
`)
	if err != nil {
		fmt.Println(err)
		return
	}
	v := judge.Judge(seen, promised, spec)
	fmt.Println(v.Verdict)
	for _, found := range v.Violations {
		fmt.Println(found.Rule+":", found.Message)
	}
	// Output:
	// invalid
	// duplicate-effect: 2 attempts of operation a left 2 charge effects instead of one
}
