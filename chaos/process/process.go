// Package process starts a service as a process of this machine and ends it with all that it
// started; and it is the world in which such a process is killed, told to end and paused, at the
// moments of a plan.
package process

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"sync"
	"time"

	"github.com/idemcheck/idemcheck/model/launch"
)

// Options say what is started.
type Options struct {
	// Start is how, with everything in it filled in.
	Start launch.Start
	// Record is a file that tells the next start of this tool what to end, should this one be killed;
	// empty means that nobody is told.
	Record string
	// Probe returns nil when the service can be sent to. It must not be nil.
	Probe func(ctx context.Context) error
	// Hurry is closed when nobody may wait any more, as after an interrupt; nil never is.
	Hurry <-chan struct{}
}

// labelName is the variable by which what was started is known, and what that started in turn.
const labelName = "IDEMCHECK_PROCESS"

const (
	// probing is the wait between two looks whether a service is ready.
	probing = 10 * time.Millisecond
	// hurried is how long a service has to end when nobody may wait, and lingering how long what it
	// started may keep its output open when it is gone itself.
	hurried, lingering = 500 * time.Millisecond, 500 * time.Millisecond
)

// Process is a service that was started, and may be started again. It implements [Restartable].
type Process struct {
	o     Options
	label string
	out   output
	mu    sync.Mutex
	// now is the process of the last start, nil before the first; protected by mu.
	now *running
}

var _ Restartable = (*Process)(nil)

// running is one process of the service.
type running struct {
	cmd *exec.Cmd
	// ended is closed when it has ended; how is then as what.
	ended chan struct{}
	how   string
}

// New is a service that does not run yet.
func New(o Options) *Process {
	var b [16]byte
	_, _ = rand.Read(b[:]) // crypto/rand never fails
	return &Process{o: o, label: hex.EncodeToString(b[:])}
}

// FailedError is a service that did not come to where it can be sent to, with what it said.
type FailedError struct {
	// What says what happened, Output are the last lines that it wrote; both may hold secrets.
	What, Output string
}

// Error says what happened, and the end of what the service wrote.
func (e *FailedError) Error() string {
	if e.Output == "" {
		return e.What + "; it wrote nothing"
	}
	return e.What + "; its last lines were:\n" + e.Output
}

// Start implements [Restartable]: it starts the service and returns when it can be sent to. One
// that ends, or is not ready in time, is a [*FailedError]; then nothing runs.
func (p *Process) Start(ctx context.Context) error {
	r, err := p.launch()
	if err != nil {
		return err
	}
	within := p.o.Start.ReadyWithin()
	ctx, cancel := context.WithTimeoutCause(ctx, within, errLate)
	defer cancel()
	err = p.ready(ctx, r)
	if err == nil {
		return nil
	}
	_ = p.Kill()
	<-r.ended
	if errors.Is(context.Cause(ctx), errLate) && !errors.Is(err, errEnded) {
		return p.failed(fmt.Sprintf("%s was not ready within %s (%v)", p.name(), within, err))
	}
	if errors.Is(err, errEnded) {
		return p.failed(fmt.Sprintf("%s ended before it was ready: %s", p.name(), r.how))
	}
	return fmt.Errorf("waiting for %s: %w", p.name(), err)
}

// The reasons for which nobody waits for a service any more.
var (
	errLate  = errors.New("it took too long")
	errEnded = errors.New("it ended")
)

// ready waits until the service can be sent to.
func (p *Process) ready(ctx context.Context, r *running) error {
	last := errors.New("it was not asked")
	for {
		select {
		case <-r.ended:
			return errEnded
		case <-ctx.Done():
			if errors.Is(context.Cause(ctx), errLate) {
				return last
			}
			return context.Cause(ctx)
		case <-time.After(probing):
		}
		err := p.o.Probe(ctx)
		if err == nil {
			return nil
		}
		if ctx.Err() == nil {
			last = err
		}
	}
}

// name is what the service is called in messages.
func (p *Process) name() string { return "the service (" + p.o.Start.Command[0] + ")" }

// failed is an error with the end of what the service wrote.
func (p *Process) failed(what string) error {
	return &FailedError{What: what, Output: p.out.tail()}
}

// launch starts a process.
func (p *Process) launch() (*running, error) {
	s := p.o.Start
	//nolint:noctx // it outlives any context; the user's own program
	c := exec.Command(s.Command[0], s.Command[1:]...)
	c.Dir, c.Stdout, c.Stderr, c.WaitDelay = s.Dir, &p.out, &p.out, lingering
	c.Env = os.Environ()
	for name, text := range s.Env {
		c.Env = append(c.Env, name+"="+text)
	}
	c.Env = append(c.Env, labelName+"="+p.label)
	if err := group(c); err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.now == nil {
		if err := p.record(0); err != nil { // before it begins: it is known by its label
			return nil, err
		}
	}
	if err := c.Start(); err != nil {
		return nil, fmt.Errorf("starting the service: %w", err)
	}
	r := &running{cmd: c, ended: make(chan struct{})}
	p.now = r
	err := p.record(c.Process.Pid)
	go func() {
		waited := c.Wait()
		r.how = c.ProcessState.String()
		if c.ProcessState == nil {
			r.how = fmt.Sprint(waited)
		}
		close(r.ended)
	}()
	if err != nil {
		return nil, errors.Join(err, killGroup(c.Process))
	}
	return r, nil
}

// current is the process that runs, or ran last; nil when none was started.
func (p *Process) current() *running {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.now
}

// Kill implements [Restartable].
func (p *Process) Kill() error { return killGroup(p.current().cmd.Process) }

// Terminate implements [Restartable].
func (p *Process) Terminate() error { return terminate(p.current().cmd.Process) }

// Pause implements [Restartable].
func (p *Process) Pause() error { return pause(p.current().cmd.Process) }

// Resume implements [Restartable].
func (p *Process) Resume() error { return resume(p.current().cmd.Process) }

// Ended implements [Restartable]: what does not end in time is killed, and so is what the process
// started and left behind.
func (p *Process) Ended(within time.Duration) (how string, err error) {
	r, patience := p.current(), time.NewTimer(within)
	defer patience.Stop()
	how = ""
	select {
	case <-r.ended:
	case <-patience.C:
		how = fmt.Sprintf("killed after %s", within)
		_ = p.Kill() // it may have ended just now
		<-r.ended
	}
	if err := sweepLabel(p.label); err != nil {
		return "", fmt.Errorf("ending what %s started: %w", p.name(), err)
	}
	return cmp.Or(how, r.how), nil
}

// Grace implements [Restartable].
func (p *Process) Grace() time.Duration { return p.o.Start.StopWithin() }

// Gone says that the process ended though nobody ended it, and how; "" while it runs.
func (p *Process) Gone() string {
	r := p.current()
	if r == nil {
		return ""
	}
	select {
	case <-r.ended:
		return r.how
	default:
		return ""
	}
}

// Output is the end of what the service wrote to its standard output and error, a MiB at most.
func (p *Process) Output() []byte { return p.out.all() }

// Tail are the last lines of it.
func (p *Process) Tail() string { return p.out.tail() }

// Close ends the service with all that it started: by SIGTERM, and when it takes too long by
// SIGKILL.
func (p *Process) Close() error {
	r := p.current()
	if r == nil {
		return nil
	}
	_ = p.Resume()    // one that has ended needs neither
	_ = p.Terminate() // the same
	within := p.Grace()
	select {
	case <-r.ended:
	case <-p.o.Hurry:
		within = min(within, hurried)
	case <-time.After(within):
		within = 0
	}
	_, err := p.Ended(within)
	if p.o.Record != "" && err == nil {
		err = os.Remove(p.o.Record)
	}
	return err
}

// lines is how many lines of output a message shows, and kept how many bytes are kept of it.
const lines, kept = 12, 1 << 20

// output keeps the end of what was written.
type output struct {
	mu   sync.Mutex
	text []byte // protected by mu
}

// Write implements [io.Writer].
func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.text = append(o.text, b...); len(o.text) > 2*kept {
		o.text = slices.Clone(o.text[len(o.text)-kept:])
	}
	return len(b), nil
}

// all is what is kept.
func (o *output) all() []byte {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.text[max(0, len(o.text)-kept):])
}
