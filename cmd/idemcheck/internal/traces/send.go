package traces

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"time"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/idemcheck/idemcheck/chaos/guard"
	"github.com/idemcheck/idemcheck/harness/files"
	"github.com/idemcheck/idemcheck/model"
)

// RunNames say which run it was.
type RunNames struct {
	// ID is the name of the run in headers, Version that of the tool, History the file of its history.
	ID, Version, History string
}

// Send sends the traces of a run, in bounded time, and says in a line how many; err says in a line
// why not all were sent. Neither changes a verdict.
func (c *Collector) Send(ctx context.Context, run RunNames) (note string, err error) {
	if c == nil {
		return "", nil
	}
	s := &sending{collector: c, run: run}
	if err = c.unknown; err == nil {
		within, cancel := context.WithTimeout(ctx, c.within.all)
		defer cancel()
		err = s.all(within)
	}
	switch {
	case err != nil:
		return "", fmt.Errorf("traces: %d of operations were sent to %s, and then no more: %s",
			s.traces, c.at, s.why(ctx, err))
	case s.traces == 0 && s.untold > 0:
		return "no trace was sent: the contract sets the header Traceparent itself", nil
	}
	note = fmt.Sprintf("traces sent to %s: %d of operations, with %d spans of attempts",
		c.at, s.traces, s.spans)
	if s.untold > 0 {
		note += fmt.Sprintf("; the contract sets Traceparent of %d others itself", s.untold)
	}
	return note, nil
}

// sending is one sending of a run's traces.
type sending struct {
	collector *Collector
	run       RunNames
	// traces and spans count what was taken, untold the operations that are told no trace of ours.
	traces, spans, untold int
	// batch is what is sent next, which holds so many operations.
	batch      []*tracepb.Span
	operations int
	// seed is that of the history.
	seed uint64
}

// all sends what a history file holds.
func (s *sending) all(ctx context.Context) error {
	err := files.EachHistory(s.run.History, func(h files.Header, one *model.History) error {
		s.seed = h.Seed
		return s.add(ctx, &h.Contract, one)
	})
	if err != nil {
		return err
	}
	return s.flush(ctx)
}

// add adds the operations of a history, and sends what is enough for a message.
func (s *sending) add(ctx context.Context, c *model.Contract, h *model.History) error {
	for i := range h.Operations {
		op := &h.Operations[i]
		spans := spansOf(c, h, op)
		switch {
		case op.Trace == "":
			s.untold++
		case len(spans) > 0:
			s.batch, s.operations = append(s.batch, spans...), s.operations+1
		}
	}
	if len(s.batch) < s.collector.within.batch {
		return nil
	}
	return s.flush(ctx)
}

// flush sends what was added.
func (s *sending) flush(ctx context.Context) error {
	if len(s.batch) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, s.collector.within.answer)
	defer cancel()
	if err := s.collector.client.UploadTraces(ctx, s.message()); err != nil {
		return err
	}
	s.traces, s.spans = s.traces+s.operations, s.spans+len(s.batch)
	s.batch, s.operations = nil, 0
	return nil
}

// why says in a few words why a collector did not take everything, without its own words.
func (s *sending) why(ctx context.Context, err error) string {
	status, refused := errors.AsType[statusError](err)
	outside, is := errors.AsType[*guard.RefusedError](err)
	dialled, undialled := errors.AsType[*net.OpError](err)
	file, unread := errors.AsType[*files.ReadError](err)
	switch {
	case ctx.Err() != nil:
		return "the run was interrupted"
	case s.collector.unknown != nil:
		return strings.ReplaceAll(err.Error(), "\n", "; ")
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded):
		return fmt.Sprintf("it took longer than %s for an answer, or %s in all",
			s.collector.within.answer.Round(time.Millisecond), s.collector.within.all)
	case refused:
		return status.Error()
	case is:
		return outside.Error()
	case undialled:
		return dialled.Error()
	case unread:
		return file.Error()
	}
	return "it did not take them, or did not answer as a collector of OTLP does"
}
