package calibrate

import (
	"fmt"
	"strings"

	"github.com/idemcheck/idemcheck/reference"
)

// explanation is the page of a seeded bug without its counterexample.
func explanation(name string) (string, error) {
	for _, b := range reference.Bugs() {
		if b.Name == name {
			return fmt.Sprintf("# %s\n\n%s\n\nBreaks: %s.\n", b.Name, b.Mistake,
				strings.Join(b.Rules, ", ")), nil
		}
	}
	return "", fmt.Errorf("there is no seeded bug %q", name)
}
