package reference

import (
	"fmt"
)

// stepsFor returns the steps of a variant with a bug; "" is the IETF draft, and no bug.
func stepsFor(variant, bug string) (Steps, error) {
	steps := RightSteps()
	if bug == "" {
		return steps, vary(&steps, variant)
	}
	b, err := bugNamed(bug)
	if err != nil {
		return steps, err
	}
	if variant != "" && variant != b.Variant {
		return steps, fmt.Errorf("seeded bug %s is one of variant %q, not of %q",
			bug, b.Variant, variant)
	}
	if err := vary(&steps, b.Variant); err != nil {
		return steps, err
	}
	b.Change(&steps)
	return steps, nil
}

// vary makes the steps those of a variant.
func vary(steps *Steps, variant string) error {
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
	return named(Bugs(), bug, "seeded bug", func(b Bug) string { return b.Name })
}

// named finds an entry of a catalogue, or says which name was probably meant.
func named[T any](all []T, name, what string, nameOf func(T) string) (T, error) {
	var none T
	nearest, least := "", len(name)+100
	for _, entry := range all {
		distance := editDistance(name, nameOf(entry))
		if distance == 0 {
			return entry, nil
		}
		if distance < least {
			nearest, least = nameOf(entry), distance
		}
	}
	return none, fmt.Errorf("there is no %s %q; did you mean %q?", what, name, nearest)
}

// editDistance counts the characters to insert, delete or replace to turn a into b.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replaced := diagonal
			if a[i] != b[j] {
				replaced++
			}
			diagonal = row[j+1]
			row[j+1] = min(replaced, diagonal+1, row[j]+1)
		}
	}
	return row[len(b)]
}
