package scenarios_test

import (
	"fmt"

	"github.com/idemcheck/idemcheck/scenarios"
)

// A suite takes the whole catalogue, or rows of it. Each says why it is there.
func ExampleNamed() {
	chosen, err := scenarios.Named([]string{"lost-answers", "disconnects"})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, s := range chosen {
		fmt.Println(s.Name+":", s.Reason)
	}
	// Output:
	// lost-answers: The work was done and the acknowledgement never came: the client retries.
	// disconnects: The client disconnected while the service was still working, and retried.
}
