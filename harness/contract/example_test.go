package contract_test

import (
	"fmt"

	"github.com/idemcheck/idemcheck/harness/contract"
)

const transfers = `
version: 1
name: transfers
target: {url: "http://127.0.0.1:8080"}
dialect: ietf
resources:
  account:
    create: {path: /accounts, body: {id: "{unique}", balance: 100}, ok: [201]}
    id: id
    read: {path: "/accounts/{id}"}
    state: {balance: {field: balance, initial: 100}}
operations:
  pay:
    path: /payments
    args: {account: {resource: account}, amount: {min: 1, max: 9}}
    body: {account: "{account}", amount: "{amount}", note: "{mark}"}
    ok: [201]
    when: account.balance >= amount
    then: {account.balance: account.balance - amount}
    effects: [{ledger: payments, resource: account}]
ledgers:
  payments: {path: "/payments?account={id}", per: account, items: payments, mark: note}
`

// A contract that is right comes back with the defaults of its dialect.
func ExampleParse() {
	c, err := contract.Parse("idemcheck.yaml", []byte(transfers))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(c.Name, c.Key.Header, c.Promises.Mismatch)
	// Output: transfers Idempotency-Key [422]
}

// A mistake is shown with its line, and with what to do.
func ExampleParse_mistake() {
	_, err := contract.Parse("idemcheck.yaml", []byte(`version: 1
name: transfers
target: {url: "http://127.0.0.1:8080"}
dialect: itef`))
	fmt.Println(err)
	// Output:
	// idemcheck.yaml:4:10: unknown dialect "itef"
	//      2 | name: transfers
	//      3 | target: {url: "http://127.0.0.1:8080"}
	// >    4 | dialect: itef
	//        |          ^
	// next: did you mean "ietf"?
}
