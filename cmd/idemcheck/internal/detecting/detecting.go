// Package detecting shows which dialect is nearest to what a service does, and writes it into the
// contract.
package detecting

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/exit"
	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/reach"
	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/terminal"
	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/harness/detect"
	"github.com/idemcheck/idemcheck/harness/execute"
	"github.com/idemcheck/idemcheck/harness/trial"
	"github.com/idemcheck/idemcheck/model"
)

// Options say whom to ask, and how to show what was seen.
type Options struct {
	Streams terminal.Streams
	// Contract is as it was written, in File.
	Contract *model.Contract
	File     string
	Reach    reach.Options
	// Format is text or json. Write writes the lines into File. ASCII draws with nothing else.
	Format string
	Write  bool
	ASCII  bool
	// runID is what X-Idemcheck-Run says; "" where nothing of that kind is sent.
	runID string
}

// Run asks the service and shows the nearest dialect. The exit code is 0 where the contract says
// nothing else than what was seen, [exit.BadUsage] where it does, and [exit.Unknown] where nothing
// was seen.
func Run(ctx context.Context, o Options) (code int, err error) {
	t, err := reach.Open(ctx, o.Streams, o.Contract, o.Reach)
	if err != nil {
		return 0, o.explained(err)
	}
	defer func() { err = errors.Join(err, t.Close()) }()
	o.runID = newRunID(o.Contract)
	got, err := detect.Run(ctx, detect.Options{
		Contract: t.Contract, Secrets: contract.Secrets(o.Contract, o.Streams.Env),
		Place: execute.Site{World: t.World, HTTP: t.HTTP}, RunID: o.runID,
	})
	if err != nil {
		return 0, o.explained(err)
	}
	if o.Format == "json" {
		enc := json.NewEncoder(o.Streams.Out)
		enc.SetIndent("", "  ")
		enc.SetEscapeHTML(false)
		return codeOf(got), enc.Encode(got)
	}
	return codeOf(got), show(o, got)
}

// codeOf is the exit code of what was seen.
func codeOf(got *detect.Findings) int {
	switch {
	case got.Unknown != "":
		return exit.Unknown
	case got.Contract.Distance > 0:
		return exit.BadUsage
	}
	return exit.Valid
}

// explained adds to an error what to do next, where that is known.
func (o Options) explained(err error) error {
	if errors.Is(err, trial.ErrUnreachable) {
		return fmt.Errorf("%w\n  next: start the service, or correct target.url (now %s)", err,
			reach.WithoutUser(o.Contract.Target.URL))
	}
	return err
}

// newRunID is a fresh name for what is sent; "" where the contract wants no headers of ours. It is
// an identity and not a die: nothing is decided by it.
func newRunID(c *model.Contract) string {
	if on := c.Target.RunHeaders; on != nil && !*on {
		return ""
	}
	var b [6]byte
	_, _ = rand.Read(b[:]) // crypto/rand never fails
	return hex.EncodeToString(b[:])
}
