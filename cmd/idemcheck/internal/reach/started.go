package reach

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/idemcheck/idemcheck/chaos"
	"github.com/idemcheck/idemcheck/chaos/guard"
	"github.com/idemcheck/idemcheck/chaos/process"
	"github.com/idemcheck/idemcheck/chaos/upstream"
	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/lease"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/launch"
)

// Started is a service that belongs to a run; nil where the service runs already.
type Started struct {
	process *process.Process
	lease   *lease.Lease
	gate    process.Gate
	// hide takes secrets out of what it wrote.
	hide *strings.Replacer
}

// recordIn is the file that tells what runs, in a lease's folder.
func recordIn(folder string) string { return filepath.Join(folder, "process.json") }

// sweepProcesses ends what a run started that was killed.
func sweepProcesses(folder string) error { return process.Sweep(recordIn(folder)) }

// fill chooses a port and puts it, and the addresses of sinks, in the place of their marks in a
// resolved contract.
func fill(ctx context.Context, c *model.Contract, sinks map[string]string) error {
	var l net.ListenConfig
	free, err := l.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("looking for a free port: %w", err)
	}
	_, port, err := net.SplitHostPort(free.Addr().String())
	if err = errors.Join(err, free.Close()); err != nil {
		return fmt.Errorf("looking for a free port: %w", err)
	}
	values := map[string]string{"port": port}
	for name, address := range sinks {
		values["sink."+name] = address
	}
	c.Start = c.Start.Filled(values)
	c.Target.URL = launch.Fill(c.Target.URL, values)
	return nil
}

// start starts the service of a contract, whose marks are filled, and waits until it is ready.
func start(ctx context.Context, gate *guard.Guard, c *model.Contract, secrets []string) (
	_ *Started, err error,
) {
	probe, err := readiness(ctx, gate, c)
	if err != nil {
		return nil, err
	}
	s := &Started{hide: hiding(secrets)}
	if s.lease, err = lease.Take(os.TempDir(), ""); err != nil {
		return nil, fmt.Errorf("naming the service of this run: %w", err)
	}
	if err := os.MkdirAll(s.lease.Folder(), 0o700); err != nil {
		return nil, errors.Join(err, s.lease.Release())
	}
	s.process = process.New(process.Options{
		Start: *c.Start, Record: recordIn(s.lease.Folder()), Probe: probe, Hurry: ctx.Done(),
	})
	err = s.process.Start(ctx)
	if err == nil {
		return s, nil
	}
	if failed, is := errors.AsType[*process.FailedError](err); is {
		err = fmt.Errorf("starting the service: %s\n  next: mend start in the contract, or what the "+
			"service lacks", s.hide.Replace(failed.Error()))
	}
	return nil, errors.Join(err, s.close())
}

// hiding takes secrets out of texts.
func hiding(secrets []string) *strings.Replacer {
	var pairs []string
	for _, secret := range secrets {
		pairs = append(pairs, secret, "<redacted>")
	}
	return strings.NewReplacer(pairs...)
}

// readiness is what tells whether the service can be sent to.
func readiness(
	ctx context.Context, gate *guard.Guard, c *model.Contract,
) (func(context.Context) error, error) {
	service, err := upstream.Of(c.Target)
	if err != nil {
		return nil, err
	}
	service.Dial = gate.DialContext
	if err := admitTarget(ctx, gate, c.Target.URL); err != nil {
		return nil, err
	}
	if c.Start.Path() == "" {
		return service.Probe, nil
	}
	base, err := upstream.Base(c.Target)
	if err != nil {
		return nil, err
	}
	at, err := (&url.URL{Scheme: base.Scheme, Host: base.Host}).Parse(c.Start.Path())
	if err != nil {
		return nil, fmt.Errorf("reading start.ready.path: %w", err)
	}
	via, err := service.Transport(gate.Transport())
	if err != nil {
		return nil, err
	}
	via.DisableKeepAlives = true
	return func(ctx context.Context) error { return answers(ctx, via, at.String()) }, nil
}

// answers returns nil when what is read with GET is answered 2xx.
func answers(ctx context.Context, via http.RoundTripper, at string) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, at, http.NoBody)
	if err != nil {
		return err
	}
	got, err := via.RoundTrip(r)
	if err != nil {
		return err
	}
	_, _ = io.CopyN(io.Discard, got.Body, 64<<10) // what it says is no matter
	if err := got.Body.Close(); err != nil {
		return err
	}
	if got.StatusCode < 200 || got.StatusCode > 299 {
		return fmt.Errorf("GET %s was answered %d", r.URL.Path, got.StatusCode)
	}
	return nil
}

// dial makes connections as next does, once the service has been started again.
func (s *Started) dial(next upstream.Dial) upstream.Dial {
	if s == nil {
		return next
	}
	return s.gate.Dial(next)
}

// under is the world w, closed by end, in which the service can be struck too.
func (s *Started) under(
	ctx context.Context, w chaos.World, end func() error,
) (chaos.World, func() error) {
	if s == nil {
		return w, end
	}
	out := process.Under(w, s.process, &s.gate, ctx.Done())
	return out, func() error {
		out.Leave()
		return end()
	}
}

// close ends the service, and forgets it when it has ended.
func (s *Started) close() error {
	if s == nil {
		return nil
	}
	if err := s.process.Close(); err != nil {
		return fmt.Errorf("ending the service: %w", err) // the next start tries again
	}
	return s.lease.Release()
}

// Output is what the service wrote, without secrets; nothing where none was started.
func (s *Started) Output() []byte {
	if s == nil {
		return nil
	}
	return []byte(s.hide.Replace(string(s.process.Output())))
}

// Ended says how the service ended, where nobody ended it, with its last lines; "" while it runs.
func (s *Started) Ended() string {
	if s == nil || s.process.Gone() == "" {
		return ""
	}
	return s.hide.Replace(fmt.Sprintf("the service ended by itself (%s); its last lines were:\n%s",
		s.process.Gone(), s.process.Tail()))
}
