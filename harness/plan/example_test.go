package plan_test

import (
	"fmt"

	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/harness/plan"
	"github.com/idemcheck/idemcheck/scenarios"
)

// A plan says what is sent, when, and which faults fire. All dice are rolled while it is drawn: the
// same seed draws the same plan.
func ExampleDraw() {
	promised, err := contract.Parse("idemcheck.yaml", []byte(`
version: 1
name: tips
target: {url: "http://tips.test"}
operations:
  tip: {path: /tips, body: {note: "{mark}"}, ok: [201], effects: [{ledger: tips}]}
ledgers:
  tips: {path: /tips, mark: note}
`))
	if err != nil {
		fmt.Println(err)
		return
	}
	chosen, err := scenarios.Named([]string{"lost-answers"})
	if err != nil {
		fmt.Println(err)
		return
	}
	drawn, err := plan.Draw(plan.Options{Contract: promised, Scenarios: chosen, Seed: 1, Cases: 3})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, c := range drawn.Cases {
		for _, f := range c.Faults {
			fmt.Printf("case %d: %s\n", c.Index, f.Kind)
		}
	}
	// Output:
	// case 0: response-cut
	// case 1: response-lost
	// case 1: response-cut
	// case 2: gateway-error
}
