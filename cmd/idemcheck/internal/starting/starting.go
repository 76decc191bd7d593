// Package starting makes the first draft of a contract from what its user has: curl lines, a
// recording of a browser, an OpenAPI document.
package starting

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/idemcheck/idemcheck/harness/contract/curl"
	"github.com/idemcheck/idemcheck/harness/contract/draft"
	"github.com/idemcheck/idemcheck/harness/contract/guess"
	"github.com/idemcheck/idemcheck/harness/contract/openapi"
	"github.com/idemcheck/idemcheck/harness/contract/shown"
)

// Given is what the user gave.
type Given struct {
	// Curl, Create and Ledger are curl lines: of operations, of what makes the things that they work
	// on, and of what lists their effects.
	Curl, Create, Ledger []string
	// OpenAPI is the file or the URL of a document, and Operation one of its operations.
	OpenAPI, Operation string
	// AllowHost are hosts that may be reached besides loopback and private ones.
	AllowHost []string
}

// Nothing reports whether nothing was given to start from.
func (g Given) Nothing() bool {
	return len(g.Curl)+len(g.Create)+len(g.Ledger) == 0 && g.OpenAPI == ""
}

// Draft makes a draft of what was given. What is wrong with that is an error that says what to do.
func Draft(ctx context.Context, g Given) (*draft.Draft, error) {
	if g.OpenAPI == "" && g.Operation != "" {
		return nil, errors.New("--operation names an operation of no document\n  next: add --openapi")
	}
	x, err := lines(g)
	if err != nil {
		return nil, err
	}
	if g.OpenAPI == "" {
		return guess.Draft(x)
	}
	if len(x.Operations) > 0 {
		return nil, errors.New("--curl and --openapi both say what to send\n  next: give one of them")
	}
	return described(ctx, g, x)
}

// lines reads the curl lines.
func lines(g Given) (guess.Examples, error) {
	x := guess.Examples{Source: "a curl line"}
	for _, part := range []struct {
		flag  string
		lines []string
		to    *[]*shown.Call
	}{
		{"--curl", g.Curl, &x.Operations},
		{"--create", g.Create, &x.Creates},
		{"--ledger", g.Ledger, &x.Ledgers},
	} {
		for _, line := range part.lines {
			e, err := curl.Parse(line, os.ReadFile)
			if err != nil {
				return x, fmt.Errorf("%s: %w", part.flag, err)
			}
			*part.to = append(*part.to, e)
		}
	}
	return x, nil
}

// described makes a draft of an OpenAPI document; what curl lines show wins over it.
func described(ctx context.Context, g Given, x guess.Examples) (*draft.Draft, error) {
	data, base, err := document(ctx, g)
	if err != nil {
		return nil, err
	}
	found, err := openapi.Read(data, openapi.Options{Operation: g.Operation, Base: base})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", g.OpenAPI, err)
	}
	x.Source, x.Operations = "an OpenAPI document", []*shown.Call{found.Operation}
	if len(x.Creates) == 0 {
		x.Creates = found.Creates
	}
	if len(x.Ledgers) == 0 {
		x.Ledgers = found.Ledgers
	}
	d, err := guess.Draft(x)
	if err != nil {
		return nil, err
	}
	if len(found.Others) > 0 && g.Operation == "" {
		d.Left = append(d.Left, "other operations have a key too, --operation takes one: "+
			strings.Join(found.Others, ", "))
	}
	return d, nil
}
