// Package subject lists the services whose verdict is known: each seeded bug and each right variant
// of the reference service, with the contract that it is to be judged by.
package subject

import (
	"fmt"

	"github.com/idemcheck/idemcheck/examples"
	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/reference"
)

// Draft is the variant's name of the service that promises what the IETF draft asks for.
const Draft = "ietf"

// KnownService is a reference service whose verdict is known: a seeded bug, which must be found, or
// a right variant, which must not be accused.
type KnownService struct {
	// Name is unique among all subjects.
	Name string
	// Right tells a variant from a bug.
	Right bool
	// Bug and Variant are what reference.Options take.
	Bug, Variant string
	// Family groups bugs by what they get wrong; it is "right" for variants.
	Family string
	// Needs is what a bug shows under only: "crash", "retention", "midnight", or "" for nothing
	// special.
	Needs string
	// HeldOut is "" for a bug that must be found, and else says what is known about finding it.
	HeldOut string
	// Operations is how many operations a small counterexample of a bug may need.
	Operations int
	// Rules are the rules that a bug breaks, by priority.
	Rules []string
	// Store is "memory", "sqlite" or "postgres".
	Store string
	// Contract is what it promises. Its environment is not resolved and its URL is the default.
	Contract *model.Contract
}

// All lists the bugs and then the right variants. An error means that one of our own contracts
// cannot be read.
func All() ([]KnownService, error) {
	bugs, err := Bugs()
	if err != nil {
		return nil, err
	}
	variants, err := Variants()
	return append(bugs, variants...), err
}

// Bugs lists the seeded bugs in the order of the catalogue, each over a store in memory.
func Bugs() ([]KnownService, error) {
	var out []KnownService
	read := map[string]*model.Contract{} // to read one takes its time, and most bugs share the draft's
	for _, b := range reference.Bugs() {
		if read[b.Variant] == nil {
			c, err := Contract(b.Variant)
			if err != nil {
				return nil, err
			}
			read[b.Variant] = c
		}
		c := *read[b.Variant]
		out = append(out, KnownService{
			Name: b.Name, Bug: b.Name, Variant: b.Variant, Family: b.Family, Rules: b.Rules,
			Needs: b.Needs, HeldOut: b.HeldOut, Operations: b.Operations,
			Store: "memory", Contract: &c,
		})
	}
	return out, nil
}

// Variants lists the draft over each of its stores, and every other right variant in memory.
func Variants() ([]KnownService, error) {
	var out []KnownService
	for _, store := range []string{"memory", "sqlite", "postgres"} {
		out = append(out, KnownService{Name: Draft + "-" + store, Store: store})
	}
	for _, v := range reference.Variants() {
		out = append(out, KnownService{Name: v.Name, Variant: v.Name, Store: "memory"})
	}
	for i := range out {
		c, err := Contract(out[i].Variant)
		if err != nil {
			return nil, err
		}
		out[i].Right, out[i].Family, out[i].Contract = true, "right", c
	}
	return out, nil
}

// Contract reads the contract of a variant of the reference service; "" is the draft's.
func Contract(variant string) (*model.Contract, error) {
	name := "reference.yaml"
	if variant != "" {
		name = "variants/" + variant + ".yaml"
	}
	text, err := examples.Contract(variant)
	if err != nil {
		return nil, fmt.Errorf("reading the contract of our own reference service: %w", err)
	}
	c, err := contract.Parse(name, text)
	if err != nil {
		return nil, fmt.Errorf("reading the contract of our own reference service: %w", err)
	}
	return c, nil
}
