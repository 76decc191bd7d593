package reach

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/idemcheck/idemcheck/chaos/guard"
	"github.com/idemcheck/idemcheck/chaos/upstream"
	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/exit"
	"github.com/idemcheck/idemcheck/harness/trial"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/route"
)

// upstreamOf is the way to a target, which the gate lets pass from now on. Both sides have agreed
// on TLS once where it is spoken: what does not work at all is a mistake to mend, and no verdict.
func upstreamOf(
	ctx context.Context, gate *guard.Guard, t model.TargetSettings,
) (upstream.Upstream, error) {
	out, err := upstream.Of(t)
	if file, ok := errors.AsType[*upstream.FileError](err); ok {
		return out, exit.Usage(fmt.Errorf("%w\n  next: %s", err, file.Advice))
	}
	if err != nil {
		return out, err
	}
	out.Dial = gate.DialContext
	if err := admitTarget(ctx, gate, t.URL); err != nil {
		return out, err
	}
	return out, probe(ctx, out)
}

// admitTarget lets the host of a target be reached; a Unix socket is on this machine.
func admitTarget(ctx context.Context, gate *guard.Guard, target string) error {
	if _, socket := route.Socket(target); socket {
		return nil
	}
	base, err := url.Parse(target)
	if err != nil {
		return exit.Usage(fmt.Errorf("reading the target's URL: %w", err))
	}
	return Admit(ctx, gate, base.Hostname(), "target.url or --target")
}

// A service may take patience to agree, and what has just been started may refuse connections for
// as long as starting, between whose dials is a pause.
const patience, starting, pause = 10 * time.Second, 2 * time.Second, 50 * time.Millisecond

// probe tells when a service takes no connection, and when both sides do not agree on TLS or on
// HTTP. Whatever else hinders them is seen by the run itself.
func probe(ctx context.Context, u upstream.Upstream) error {
	within, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for begun := time.Now(); ; {
		err := u.Probe(within)
		gone, refused := errors.AsType[*upstream.UnreachableError](err)
		if ctx.Err() != nil || !refused {
			return disagreement(err)
		}
		if time.Since(begun) > starting {
			return fmt.Errorf("%w, though it was dialled for %s: %w", trial.ErrUnreachable, starting,
				gone)
		}
		select {
		case <-time.After(pause):
		case <-within.Done():
		}
	}
}

// disagreement makes a mistake of the user of what both sides do not agree on; nil of all else.
func disagreement(err error) error {
	disagreed, ok := errors.AsType[*upstream.HandshakeError](err)
	if !ok {
		return nil
	}
	return exit.Usage(fmt.Errorf("%w\n  next: %s", disagreed, disagreed.Advice))
}

// oneAddress refuses several addresses where faults are made for one.
func oneAddress(t model.TargetSettings, f Options) error {
	if len(t.Replicas) == 0 || f.Toxiproxy == "" {
		return nil
	}
	return exit.Usage(errors.New("--toxiproxy makes faults for one address, and the contract " +
		"names several\n  next: leave --toxiproxy out, or target.replicas"))
}

// replicasOf lets further replicas of a target be reached. Each was connected to once: nothing that
// goes without faults goes there, so that nobody else would say that one is missing.
func replicasOf(ctx context.Context, gate *guard.Guard, t model.TargetSettings) error {
	for i := range t.Replicas {
		_, err := upstreamOf(ctx, gate, t.At(i+1))
		if errors.Is(err, trial.ErrUnreachable) { // which is about target.url to others
			return fmt.Errorf("reaching replica %d of the target: %v\n  next: start it, or correct "+
				"target.replicas", i+1, err)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
