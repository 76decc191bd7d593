// Package starting makes the first draft of a contract from what its user has: curl lines, a
// recording of a browser, an OpenAPI document.
package starting

import (
	"context"
	"fmt"
	"os"

	"github.com/idemcheck/idemcheck/harness/contract/curl"
	"github.com/idemcheck/idemcheck/harness/contract/draft"
	"github.com/idemcheck/idemcheck/harness/contract/guess"
	"github.com/idemcheck/idemcheck/harness/contract/shown"
)

// Given is what the user gave.
type Given struct {
	// Curl, Create and Ledger are curl lines: of operations, of what makes the things that they work
	// on, and of what lists their effects.
	Curl, Create, Ledger []string
	// Probe sends these lines, to learn from the answers; AllowHost are hosts that may be reached
	// besides loopback and private ones.
	Probe     bool
	AllowHost []string
}

// Nothing reports whether nothing was given to start from.
func (g Given) Nothing() bool { return len(g.Curl)+len(g.Create)+len(g.Ledger) == 0 }

// Draft makes a draft of what was given. What is wrong with that is an error that says what to do.
func Draft(_ context.Context, g Given) (*draft.Draft, error) {
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
				return nil, fmt.Errorf("%s: %w", part.flag, err)
			}
			*part.to = append(*part.to, e)
		}
	}
	return guess.Draft(x)
}
