//go:build linux

package process

import (
	"context"
	"errors"
	"io"
	stdnet "net"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/chaos"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/fault"
	"github.com/idemcheck/idemcheck/model/value"
)

// fake is a service that writes down what is done to it.
type fake struct {
	mu    sync.Mutex
	did   []string
	fails error
}

func (f *fake) note(what string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.did = append(f.did, what)
	return nil
}

func (f *fake) Start(context.Context) error { _ = f.note("start"); return f.fails }
func (f *fake) Kill() error                 { return f.note("kill") }
func (f *fake) Terminate() error            { return f.note("terminate") }
func (f *fake) Pause() error                { return f.note("pause") }
func (f *fake) Resume() error               { return f.note("resume") }
func (f *fake) Grace() time.Duration        { return time.Second }

func (f *fake) Ended(time.Duration) (string, error) {
	<-time.After(time.Millisecond)
	return "ended", nil
}

// below is a world without a network: it records what it is told to.
type below struct {
	chaos.World
	opened chaos.NetOptions
}

func (b *below) Open(o chaos.NetOptions) chaos.Net { b.opened = o; return quiet{} }
func (b *below) Close() error                      { return nil }
func (b *below) Expresses(fault.Fault) error       { return nil }

type quiet struct{ chaos.Net }

func (quiet) Heal()  {}
func (quiet) Close() {}

// struck plays a case with one fault: its attempt is sent, answered after a while, and healed later.
func struck(t *testing.T, f fault.Fault, s *fake, hurry chan struct{}) (reports []model.Event, err error) {
	t.Helper()
	b := &below{}
	w := Under(b, s, &Gate{}, hurry)
	f.Operation, f.Attempt = "a", 1
	require.NoError(t, w.Expresses(f))
	n := w.Open(chaos.NetOptions{
		Faults: []fault.Fault{f, {Kind: fault.Delay, Operation: "a", Attempt: 2}},
		Record: func(e model.Event) {
			if e.Kind == model.FaultReported {
				reports = append(reports, e)
			}
		},
	})
	require.Len(t, b.opened.Faults, 1, "the others are for the network")
	at := model.Event{Operation: "a", Attempt: 1, Complete: true}
	at.Kind = model.Sent
	b.opened.Record(at)
	<-time.After(10 * time.Millisecond)
	at.Kind, at.Answer = model.Answered, &model.Answer{Status: 201}
	b.opened.Record(at)
	n.Heal()
	n.Close()
	return reports, errors.Join(w.Alive(), w.Close())
}

func TestEveryStrikeHappensAtItsMoment(t *testing.T) {
	const hold, late = value.Duration(time.Minute), value.Duration(time.Hour)
	for name, tt := range map[string]struct {
		f     fault.Fault
		did   []string
		fired bool
		says  string
	}{
		"crash": {
			fault.Fault{Kind: fault.Crash, Span: value.Duration(time.Millisecond)},
			[]string{"kill", "start"},
			true, "ended 1ms after it was sent the request, and started again",
		},
		"crash as it answers": {
			fault.Fault{Kind: fault.Crash, Point: fault.Answered},
			[]string{"kill", "start"},
			true, "ended as soon as it had answered, and started again",
		},
		"crash too late": {
			fault.Fault{Kind: fault.Crash, Span: late}, nil, false, "everything healed before",
		},
		"terminate": {
			fault.Fault{Kind: fault.Terminate}, []string{"terminate", "start"}, true, "started again",
		},
		"pause": {
			fault.Fault{Kind: fault.Pause, Hold: hold},
			[]string{"pause", "resume"},
			true,
			"stood still for 1m0s",
		},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := &fake{}
			reports, err := struck(t, tt.f, s, nil)
			require.NoError(t, err, name)
			require.Len(t, reports, 1, name)
			require.Equal(t, tt.did, s.did, name)
			require.Equal(t, tt.fired, reports[0].Fired, name)
			require.Contains(t, reports[0].Detail, tt.says, name)
		})
	}
}

// TestAPauseEndsWithTheRun, and then did not happen as it was planned.
func TestAPauseEndsWithTheRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hurry, s := make(chan struct{}), &fake{}
		close(hurry)
		f := fault.Fault{Kind: fault.Pause, Hold: value.Duration(time.Hour)}
		reports, err := struck(t, f, s, hurry)
		require.NoError(t, err)
		require.False(t, reports[0].Fired)
		require.Equal(t, []string{"pause", "resume"}, s.did)
	})
}

// TestAServiceThatDoesNotComeAgain says nothing about retries: the world is lost.
func TestAServiceThatDoesNotComeAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &fake{fails: errors.New("the port is taken")}
		_, err := struck(t, fault.Fault{Kind: fault.Crash}, s, nil)
		require.ErrorContains(t, err, "after a planned crash of the service: the port is taken")
	})
}

func TestWhatCannotBeStruck(t *testing.T) {
	w := Under(&below{}, &fake{}, &Gate{}, nil)
	for name, f := range map[string]fault.Fault{
		"no address": {Kind: fault.Crash},
		"a point":    {Kind: fault.Crash, Operation: "a", Attempt: 1, Point: "in the code"},
		"no length":  {Kind: fault.Pause, Operation: "a", Attempt: 1},
	} {
		require.Error(t, w.Expresses(f), name)
	}
	require.NoError(t, w.Expresses(fault.Fault{Kind: fault.Refused}), "the world below decides")
	for _, k := range fault.Kinds() {
		require.Equal(t, k.Traits.NeedsProcess, strikeOf(k.Kind) != nil, k.Kind)
	}
}

// TestTheGateHoldsWhoDials until the service is there again, or nobody wants to wait any more.
func TestTheGateHoldsWhoDials(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var g Gate
		dial := g.Dial(func(context.Context, string, string) (stdnet.Conn, error) { return nil, io.EOF })
		_, err := dial(t.Context(), "tcp", "a")
		require.ErrorIs(t, err, io.EOF)
		g.shut()
		g.shut()
		brief, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err = dial(brief, "tcp", "a")
		require.ErrorIs(t, err, context.DeadlineExceeded)
		begun := time.Now()
		time.AfterFunc(time.Minute, g.open)
		_, err = dial(t.Context(), "tcp", "a")
		require.ErrorIs(t, err, io.EOF)
		require.Equal(t, time.Minute, time.Since(begun))
		g.open()
	})
}
