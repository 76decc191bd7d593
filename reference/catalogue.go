package reference

import (
	"fmt"

	"github.com/idemcheck/idemcheck/internal/near"
	"github.com/idemcheck/idemcheck/reference/internal/bugs"
	"github.com/idemcheck/idemcheck/reference/internal/payment"
	"github.com/idemcheck/idemcheck/reference/internal/right"
	"github.com/idemcheck/idemcheck/reference/internal/variants"
)

// What a service can be set up to be.
type (
	// Bug is one mistake that a service can be set up with.
	Bug = bugs.Bug
	// Variant is another way to be right: a service that keeps other promises than the IETF draft's.
	Variant = variants.Variant
)

// Bugs lists the seeded bugs by family, in the order in which they are best explained.
func Bugs() []Bug { return bugs.All() }

// Variants lists the right variants.
func Variants() []Variant { return variants.All() }

// Explain returns the page of a seeded bug in Markdown: the mistake, how real code comes to it,
// what it breaks and how to fix it. The error says which name was probably meant when there is no
// such bug.
func Explain(bug string) (string, error) {
	if _, err := bugNamed(bug); err != nil {
		return "", fmt.Errorf("explaining a seeded bug: %w", err)
	}
	page, err := bugs.Page(bug)
	if err != nil {
		return "", fmt.Errorf("explaining seeded bug %s: %w", bug, err)
	}
	return page, nil
}

// stepsFor returns the steps of a variant with a bug; "" is the IETF draft, and no bug.
func stepsFor(variant, bug string) (payment.Steps, error) {
	steps := right.Steps()
	if bug == "" {
		return steps, vary(&steps, variant)
	}
	b, err := bugNamed(bug)
	if err != nil {
		return steps, err
	}
	if variant != "" && variant != b.Variant {
		return steps, fmt.Errorf("seeded bug %s is not one of variant %q: leave the variant out",
			bug, variant)
	}
	if err := vary(&steps, b.Variant); err != nil {
		return steps, err
	}
	b.Change(&steps)
	return steps, nil
}

// vary makes the steps those of a variant.
func vary(steps *payment.Steps, variant string) error {
	if variant == "" {
		return nil
	}
	v, err := named(Variants(), variant, "variant", func(v Variant) string { return v.Name })
	if err == nil {
		v.Change(steps)
	}
	return err
}

func bugNamed(bug string) (Bug, error) {
	if b, ok := bugs.Named(bug); ok {
		return b, nil
	}
	return named(Bugs(), bug, "seeded bug", func(b Bug) string { return b.Name })
}

// named finds an entry of a catalogue, or says which name was probably meant.
func named[T any](all []T, name, what string, nameOf func(T) string) (T, error) {
	var none T
	names := make([]string, len(all))
	for i, entry := range all {
		if names[i] = nameOf(entry); names[i] == name {
			return entry, nil
		}
	}
	if nearest := near.Name(name, names); nearest != "" {
		return none, fmt.Errorf("there is no %s %q; did you mean %q?", what, name, nearest)
	}
	return none, fmt.Errorf("there is no %s %q", what, name)
}
