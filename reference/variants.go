package reference

// Variant is another way to be right: a service that keeps other promises than the IETF draft's.
type Variant struct {
	// Name is what Options.Variant takes.
	Name string
	// Promise is one sentence on what it promises instead, and Suspicion is what a naive oracle would
	// accuse it of.
	Promise, Suspicion string
	// change turns the steps of the draft into the variant's.
	change func(*policy)
}

// Variants lists the right variants.
func Variants() []Variant { return nil }
