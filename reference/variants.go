package reference

import (
	"slices"
	"time"
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
	Change func(*Steps)
}

// Variants lists the right variants.
func Variants() []Variant {
	return slices.Concat(draftVariants(), standardVariants(), providerVariants())
}

// ForEver is how long a key is kept that is never forgotten.
const ForEver = 100 * 365 * 24 * time.Hour
