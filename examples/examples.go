// Package examples holds contracts to copy from.
package examples

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
)

// Reference is the complete contract of our reference service, with a comment on every part: what
// `idemcheck init` writes and what the command checks its own reference service with.
//
//go:embed reference.yaml
var Reference []byte

//go:embed variants/*.yaml
var variants embed.FS

// Contract returns the contract of the reference service, or of a right variant of it ("" for
// none): Reference with the sections replaced that the variant promises otherwise. The error says
// that there is no such variant.
func Contract(variant string) ([]byte, error) {
	if variant == "" {
		return slices.Clone(Reference), nil
	}
	promised, err := variants.ReadFile("variants/" + variant + ".yaml")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no contract for a variant %q", variant)
	}
	return overlay(Reference, promised), err
}

// section is what begins a section of a contract file: a name at the beginning of a line.
var section = regexp.MustCompile(`(?m)^[a-z]+:`)

// overlay replaces the sections of a contract that are also in another.
func overlay(base, over []byte) []byte {
	out := bytes.Clone(base)
	for _, name := range section.FindAll(over, -1) {
		from := bytes.Index(out, append([]byte("\n"), name...))
		if from < 0 {
			continue
		}
		next := section.FindIndex(out[from+1+len(name):])
		to := len(out)
		if next != nil {
			to = from + 1 + len(name) + next[0]
		}
		out = append(out[:from+1], out[to:]...)
	}
	return append(append(out, '\n'), over...)
}
