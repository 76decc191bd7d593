// Package variants has the services that are right in another way than the IETF draft asks for,
// because they promise something else. Each is a row that says what it promises and which steps of
// the right service it replaces. The steps stand below the table with their rows, those of several
// tables in steps.go. Steps that seeded bugs take too are exported: what is right in a service that
// promises it is a mistake in one that does not.
package variants

import (
	"slices"
	"time"

	"github.com/idemcheck/idemcheck/reference/internal/payment"
)

// Variant is another way to be right: a service that keeps other promises than the IETF draft's.
type Variant struct {
	// Name is what Options.Variant takes.
	Name string
	// Dialect names the public dialect that it speaks: "ietf", "stripe", "adyen" and so on.
	Dialect string
	// Promise is one sentence on what it promises instead, and Suspicion is what a naive oracle would
	// accuse it of.
	Promise, Suspicion string
	// Change turns the steps of the draft into the variant's.
	Change func(*payment.Steps)
}

// All lists the right variants.
func All() []Variant {
	return slices.Concat(draftVariants(), standardVariants(), providerVariants())
}

// ForEver is how long a key is kept that is never forgotten.
const ForEver = 100 * 365 * 24 * time.Hour
