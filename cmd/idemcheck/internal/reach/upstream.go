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
	return admit(ctx, gate, base.Hostname(), "target.url or --target")
}

// patience is how long a service may take to agree on TLS.
const patience = 10 * time.Second

// probe tells when both sides do not agree on TLS. Whatever else hinders them, as a service that
// is not there yet, is seen by the run itself.
func probe(ctx context.Context, u upstream.Upstream) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	disagreed, ok := errors.AsType[*upstream.HandshakeError](u.Probe(ctx))
	if !ok {
		return nil
	}
	return exit.Usage(fmt.Errorf("%w\n  next: %s", disagreed, disagreed.Advice))
}
