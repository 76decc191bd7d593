package subject

import (
	"fmt"
	"slices"
	"strings"

	"github.com/idemcheck/idemcheck/reference"
)

// Chosen returns the seeded bugs and right variants of these names, or all but the bugs that are
// held out when none is named. The error says which name there is not.
func Chosen(bugs, variants []string) ([]KnownService, error) {
	all, err := All()
	if err != nil {
		return nil, err
	}
	if len(bugs) == 0 && len(variants) == 0 {
		return slices.DeleteFunc(all, func(s KnownService) bool { return s.HeldOut != "" }), nil
	}
	for _, name := range bugs {
		if _, err := reference.New(reference.Options{Bug: name}); err != nil {
			return nil, err
		}
	}
	if err := known(all, variants); err != nil {
		return nil, err
	}
	return slices.DeleteFunc(all, func(s KnownService) bool {
		return s.Right && !slices.Contains(variants, s.Name) || !s.Right && !slices.Contains(bugs, s.Name)
	}), nil
}

// known says which of some names is that of no right variant.
func known(all []KnownService, variants []string) error {
	var names []string
	for _, s := range all {
		if s.Right {
			names = append(names, s.Name)
		}
	}
	for _, name := range variants {
		if !slices.Contains(names, name) {
			return fmt.Errorf("there is no right variant %q; there are %s", name,
				strings.Join(names, ", "))
		}
	}
	return nil
}
