// Package reach makes the way to a target: which hosts may be reached, and through which world.
package reach

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"

	"github.com/idemcheck/idemcheck/chaos"
	"github.com/idemcheck/idemcheck/chaos/external"
	"github.com/idemcheck/idemcheck/chaos/guard"
	"github.com/idemcheck/idemcheck/chaos/upstream"
	"github.com/idemcheck/idemcheck/chaos/wire"
	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/exit"
	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/lease"
	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/origins"
	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/terminal"
	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/harness/execute"
	"github.com/idemcheck/idemcheck/internal/lists"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/route"
)

// Endpoint is a service that can be sent to.
type Endpoint struct {
	// contract has its environment references resolved: it must not be saved.
	Contract *model.Contract
	World    chaos.World
	// HTTP is for what is sent without faults.
	HTTP http.RoundTripper
	// Readers read what the contract names besides the service.
	Readers *origins.Opened
	// plain is below HTTP, and closeWorld closes the world.
	plain      *wary
	closeWorld func() error
	// Started is the service where this run started it.
	Started *Started
}

// Site is where cases are run.
func (t *Endpoint) Site() execute.Site {
	return execute.Site{
		World: t.World, HTTP: t.HTTP, Readers: t.Readers, Ager: t.Readers.Ager(),
	}
}

// Close lets go of the target and of what is read besides it.
func (t *Endpoint) Close() error {
	t.plain.by.CloseIdleConnections()
	return errors.Join(t.closeWorld(), t.Started.close(), t.Readers.Close())
}

// Options say which hosts may be reached, and through what.
type Options struct {
	AllowHost []string
	Toxiproxy string
	Reach     string
	// own reports whether the target is our own reference service, which does not mind resets.
	Own bool
	// replicas are the URLs of further replicas.
	replicas []string
	// started is the service where this run started it; nil where it runs already.
	started *Started
}

// Open makes the world of a contract's target.
func Open(
	ctx context.Context, s terminal.Streams, c *model.Contract, f Options,
) (*Endpoint, error) {
	if err := contract.Check(c); err != nil {
		return nil, err
	}
	resolved, err := contract.Resolve(c, s.Env)
	if err != nil {
		return nil, err
	}
	if err := oneAddress(resolved.Target, f); err != nil {
		return nil, err
	}
	gate := guard.New(guard.Options{Allow: f.AllowHost})
	if err := admitProxies(ctx, gate, f.Toxiproxy); err != nil {
		return nil, err
	}
	Sweep(s.Err, f.Toxiproxy, gate)
	var own *Started
	readers, err := besides(ctx, gate, resolved, func(sinks map[string]string) (err error) {
		if resolved.Start == nil {
			return nil
		}
		if err := fill(ctx, resolved, sinks); err != nil {
			return err
		}
		own, err = start(ctx, gate, resolved, contract.Secrets(c, s.Env))
		return err
	})
	if err != nil {
		return nil, errors.Join(err, own.close())
	}
	f.started = own
	t, err := openTarget(ctx, gate, resolved, f)
	if err != nil {
		return nil, errors.Join(err, own.close(), readers.Close())
	}
	t.Readers, t.Started = readers, own
	return t, nil
}

// openTarget opens the way to the target of a resolved contract.
func openTarget(
	ctx context.Context, gate *guard.Guard, c *model.Contract, f Options,
) (*Endpoint, error) {
	service, err := upstreamOf(ctx, gate, c.Target)
	if err != nil {
		return nil, err
	}
	service.Dial = f.started.dial(service.Dial)
	plain, err := service.Transport(gate.Transport())
	if err != nil {
		return nil, err
	}
	if err := replicasOf(ctx, gate, c.Target); err != nil {
		return nil, err
	}
	f.replicas = c.Target.Replicas
	world, closeWorld, err := newWorld(gate, service, f)
	if err != nil {
		return nil, err
	}
	world, closeWorld = f.started.under(ctx, world, closeWorld)
	careful := &wary{by: plain, probe: service.ProbeHTTP1}
	return &Endpoint{
		Contract: c, World: world, HTTP: careful, plain: careful, closeWorld: closeWorld,
	}, nil
}

// besides opens what a contract reads besides the service, which is begun when sinks listen and
// before anything is read.
func besides(
	ctx context.Context, gate *guard.Guard, c *model.Contract, begin func(map[string]string) error,
) (*origins.Opened, error) {
	return origins.Open(ctx, c, origins.Access{
		Begin: begin,
		Admit: func(ctx context.Context, host, named string) error {
			return Admit(ctx, gate, host, named)
		},
		Dial: gate.DialContext,
	})
}

// admitProxies lets a Toxiproxy server be reached, if there is one.
func admitProxies(ctx context.Context, gate *guard.Guard, toxiproxy string) error {
	if toxiproxy == "" {
		return nil
	}
	host, err := external.Host(toxiproxy)
	if err != nil {
		return exit.Usage(fmt.Errorf("%w\n  next: correct --toxiproxy", err))
	}
	return Admit(ctx, gate, host, "--toxiproxy")
}

// newWorld makes the embedded world, or the one of an external Toxiproxy server, and says how to
// close it.
func newWorld(
	gate *guard.Guard, service upstream.Upstream, f Options,
) (chaos.World, func() error, error) {
	if f.Toxiproxy == "" {
		w, err := wire.New(wire.Options{
			URL: service.URL, TLS: service.TLS, ServerName: service.ServerName,
			TLSConfig: service.Config, HTTP2: service.HTTP2, Abort: f.Own, Dial: service.Dial,
			Replicas: f.replicas,
		})
		if err != nil {
			return nil, nil, err
		}
		return w, w.Close, nil
	}
	run, err := lease.Take(os.TempDir(), f.Toxiproxy)
	if err != nil {
		return nil, nil, fmt.Errorf("naming the proxies of this run: %w", err)
	}
	options := external.Options{
		URL: service.URL, TLS: service.TLS, ServerName: service.ServerName, TLSConfig: service.Config,
		HTTP2: service.HTTP2, API: f.Toxiproxy, Advertise: f.Reach, Run: run.Name, Dial: gate.DialContext,
	}
	if f.Reach != "" {
		options.Listen = "0.0.0.0"
	}
	w, err := external.New(options)
	if err != nil {
		err = fmt.Errorf("%w\n  next: start the Toxiproxy server, or correct --toxiproxy", err)
		return nil, nil, errors.Join(err, run.Release())
	}
	return w, func() error {
		if err := w.Close(); err != nil {
			return err // the lock file stays, so that a later run with this server cleans up
		}
		return run.Release()
	}, nil
}

// Admit lets a host be reached. One that is neither loopback nor private is a mistake of the user,
// unless it was allowed; named says where it was named.
func Admit(ctx context.Context, gate *guard.Guard, host, named string) error {
	err := gate.Admit(ctx, host)
	if refused, ok := errors.AsType[*guard.RefusedError](err); ok {
		return exit.Usage(fmt.Errorf("%w, and idemcheck sends requests that change things\n"+
			"  next: if it is yours to change, add --allow-host %s", err, refused.Allow))
	}
	if err != nil {
		return fmt.Errorf("%w\n  next: correct %s", err, named)
	}
	return nil
}

// UnusedProxies says which proxies of the environment are not used; "" where there are none.
func UnusedProxies(env func(string) (string, bool)) string {
	named := lists.Where(guard.ProxyVariables(), func(name string) bool {
		value, set := env(name)
		return set && value != ""
	})
	if len(named) == 0 {
		return ""
	}
	return fmt.Sprintf("proxies are not used, though the environment has %s: "+
		"what is sent goes to the target itself", strings.Join(named, ", "))
}

// WithoutUser returns a URL without user and password; nothing when it cannot be read.
func WithoutUser(target string) string {
	if _, socket := route.Socket(target); socket {
		return target
	}
	u, err := url.Parse(target)
	if err != nil {
		return ""
	}
	u.User = nil
	return u.String()
}

// Sweep removes what runs that were killed left behind: services that they started, folders for
// temporary files, and proxies on the Toxiproxy server that this run uses. What cannot be removed
// is said and stops nobody. The server is reached through the gate; without one there is none.
func Sweep(out io.Writer, toxiproxy string, gate *guard.Guard) {
	err := lease.Sweep(os.TempDir(), lease.Left{
		Processes: sweepProcesses, Toxiproxy: toxiproxy, Proxies: func(run string) error {
			return external.Sweep(external.Options{API: toxiproxy, Dial: gate.DialContext, Run: run})
		},
	})
	if err != nil {
		fmt.Fprintf(out, "note: %s\n", strings.ReplaceAll(err.Error(), "\n", "; "))
	}
}
