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
	"github.com/idemcheck/idemcheck/harness/contract/har"
	"github.com/idemcheck/idemcheck/harness/contract/openapi"
	"github.com/idemcheck/idemcheck/harness/contract/shown"
)

// Given is what the user gave.
type Given struct {
	// Curl, Create and Ledger are curl lines: of operations, of what makes the things that they work
	// on, and of what lists their effects. Login are those by which a caller is let in, in order.
	Curl, Create, Ledger, Login []string
	// SQL is a query that lists effects instead of Ledger, and DSN where its database is:
	// ${DATABASE_URL} when it is "".
	SQL, DSN string
	// Key is the header, or the field of the body, of the idempotency key; "" leaves it to be found.
	Key string
	// OpenAPI is the file or the URL of a document, and Operation one of its operations.
	OpenAPI, Operation string
	// HAR is the file of a recording.
	HAR string
	// Probe sends each curl line once, to learn from the answers.
	Probe bool
	// AllowHost are hosts that may be reached besides loopback and private ones.
	AllowHost []string
}

// Nothing reports whether nothing was given to start from.
func (g *Given) Nothing() bool {
	lines := len(g.Curl) + len(g.Create) + len(g.Ledger) + len(g.Login)
	return lines == 0 && g.OpenAPI+g.HAR+g.Operation+g.SQL+g.DSN == ""
}

// Draft makes a draft of what was given. What is wrong with that is an error that says what to do.
func Draft(ctx context.Context, g Given) (*draft.Sketch, error) {
	if g.OpenAPI == "" && g.Operation != "" {
		return nil, errors.New("--operation names an operation of no document\n  next: add --openapi")
	}
	x, err := lines(g)
	if err != nil {
		return nil, err
	}
	if x.Query, err = rows(g); err != nil {
		return nil, err
	}
	if g.Probe && len(x.Operations) == 0 {
		return nil, errors.New("--probe sends curl lines, and there is none\n  next: add --curl")
	}
	sources := 0
	for _, given := range []bool{len(x.Operations) > 0, g.OpenAPI != "", g.HAR != ""} {
		if given {
			sources++
		}
	}
	switch {
	case sources > 1:
		return nil, errors.New("--curl, --har and --openapi each say what to send\n" +
			"  next: give one of them")
	case g.OpenAPI != "":
		return described(ctx, g, x)
	case g.HAR != "":
		return recorded(g, x)
	case g.Probe:
		if err := probe(ctx, x, g.AllowHost); err != nil {
			return nil, err
		}
		x.Source = "a curl line and the answers to it"
	}
	d, err := guess.Draft(x)
	if err == nil && !g.Probe && d.Todos() > 0 {
		d.Left = append(d.Left, "with --probe each line is sent once, and its answer says what is open")
	}
	return d, err
}

// recorded makes a draft of a recording; what curl lines show wins over it.
func recorded(g Given, x guess.Examples) (*draft.Sketch, error) {
	data, err := os.ReadFile(g.HAR)
	if err != nil {
		return nil, fmt.Errorf("reading the recording: %w\n  next: correct --har", err)
	}
	all, err := har.Read(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", g.HAR, err)
	}
	found, others, err := guess.Sort(all)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", g.HAR, err)
	}
	found.Source = "a recording of a browser"
	return completed(found, x, others, "")
}

// completed makes a draft of what was found, in which what curl lines show wins. others could
// have been taken, which a flag may do.
func completed(found, x guess.Examples, others []string, flag string) (*draft.Sketch, error) {
	if len(x.Creates) > 0 {
		found.Creates = x.Creates
	}
	if len(x.Ledgers) > 0 || x.Query != nil {
		found.Ledgers, found.Query = x.Ledgers, x.Query
	}
	found.Logins = x.Logins
	d, err := guess.Draft(found)
	if err != nil {
		return nil, err
	}
	if len(others) > 0 {
		d.Left = append(d.Left, "other operations were left out"+flag+": "+strings.Join(others, ", "))
	}
	return d, nil
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
		{"--login", g.Login, &x.Logins},
	} {
		for _, line := range part.lines {
			e, err := curl.Parse(line, os.ReadFile)
			if err != nil {
				return x, fmt.Errorf("%s: %w", part.flag, err)
			}
			if g.Key != "" && part.to == &x.Operations {
				e.Facts = &shown.Facts{Key: g.Key}
			}
			*part.to = append(*part.to, e)
		}
	}
	return x, nil
}

// described makes a draft of an OpenAPI document; what curl lines show wins over it.
func described(ctx context.Context, g Given, x guess.Examples) (*draft.Sketch, error) {
	data, base, err := document(ctx, g)
	if err != nil {
		return nil, err
	}
	found, err := openapi.Read(data, openapi.Options{Operation: g.Operation, Base: base})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", g.OpenAPI, err)
	}
	examples := guess.Examples{
		Source: "an OpenAPI document", Operations: []*shown.Call{found.Operation},
		Creates: found.Creates, Ledgers: found.Ledgers,
	}
	return completed(examples, x, found.Others, " (--operation takes one)")
}
