// Package race sends copies of one request to a service at once, with no contract: it measures how
// they met, and reads what is counted before and after. What that is worth is judged by package
// raced.
package race

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"time"

	"github.com/idemcheck/idemcheck/chaos"
	"github.com/idemcheck/idemcheck/harness/race/internal/compare"
	"github.com/idemcheck/idemcheck/harness/race/internal/hide"
	"github.com/idemcheck/idemcheck/model/verdict/raced"
)

// Line is one request, as a curl line says it.
type Line struct {
	Method string
	// URL is absolute; of its host nobody is asked but the world.
	URL *url.URL
	// Headers are names and values, in their order.
	Headers [][2]string
	Body    string
	// Key is the idempotency key in it, and KeyAt the header or the field of the body where it stands;
	// "" where it has none.
	Key, KeyAt string
}

// Options say what is raced.
type Options struct {
	// World reaches the service.
	World chaos.World
	// Rounds are what the copies of each round send: the same line, with a key of its own.
	Rounds []Line
	// Copies is how many are sent at once, 2 at least.
	Copies int
	// Timeout is how long a client waits for its answer, the time to get ready included.
	Timeout time.Duration
	// Settle is for how long a count must not change to be taken.
	Settle time.Duration
	// Counter counts effects; nil when nothing does.
	Counter Counter
	// Each is how many items one operation adds; zero means that nobody said it, and one is expected.
	Each int64
	// Protocol is that of the way to the service, for people.
	Protocol string
	// Secrets are texts that nobody may see, besides those whose names say so.
	Secrets []string
}

// Count is one reading of what is counted.
type Count = compare.Count

// Counter reads how much was done. Its methods are not used side by side.
type Counter interface {
	// Count reads once. The error says why that cannot be done.
	Count(ctx context.Context) (Count, error)
	// Lines are the requests that it sends, for their secrets; it may have none.
	Lines() []Line
	// Secrets are further texts that nobody may see.
	Secrets() []string
	// What says what is counted, in a few words. Secrets are taken out of it.
	What() string
}

// CountError is a count that could not be read before anything was sent.
type CountError struct{ Err error }

// Error says why.
func (e *CountError) Error() string { return "counting what is there: " + e.Err.Error() }

// Unwrap returns the cause.
func (e *CountError) Unwrap() error { return e.Err }

// Run runs all rounds and concludes. The error is that of ctx, or a [*CountError]: then nothing was
// sent.
func Run(ctx context.Context, o Options) (*raced.Race, error) {
	r := &racer{o: o, hider: hiderOf(o)}
	out := r.described()
	for i := range o.Rounds {
		round, err := r.round(ctx, &o.Rounds[i], i == 0)
		if err != nil {
			return nil, err
		}
		out.Rounds = append(out.Rounds, round)
	}
	out.Conclude()
	return out, nil
}

// racer runs the rounds of a race.
type racer struct {
	o     Options
	hider *hide.Hider
}

func hiderOf(o Options) *hide.Hider {
	lines, further := o.Rounds, o.Secrets
	if o.Counter != nil {
		lines = append(o.Counter.Lines(), lines...)
		further = append(o.Counter.Secrets(), further...)
	}
	var sent []hide.Sent
	var keys []string
	key := ""
	for _, l := range lines {
		if l.Key != "" {
			keys = append(keys, l.Key)
		}
		sent = append(sent, hide.Sent{URL: l.URL, Headers: l.Headers, Body: l.Body})
		key = cmp.Or(key, l.KeyAt)
	}
	return hide.New(key, keys, sent, further)
}

// described is the race before anything was sent.
func (r *racer) described() *raced.Race {
	first := &r.o.Rounds[0]
	out := &raced.Race{Sent: raced.Shot{
		Copies: r.o.Copies, Method: first.Method, URL: r.hider.URL(first.URL), Protocol: r.o.Protocol,
		Body: r.hider.Body(first.Body), KeyAt: first.KeyAt,
	}}
	for _, h := range first.Headers {
		out.Sent.Headers = append(out.Sent.Headers, r.hider.Header(h[0], h[1]))
	}
	if r.o.Counter != nil {
		out.Counting = &raced.Counting{
			What: r.hider.Text(r.o.Counter.What()), Each: cmp.Or(r.o.Each, 1), Declared: r.o.Each != 0,
		}
	}
	return out
}

// round counts, sends all copies and counts again.
func (r *racer) round(ctx context.Context, line *Line, first bool) (raced.Round, error) {
	before, noise, err := r.before(ctx)
	switch {
	case ctx.Err() != nil:
		return raced.Round{}, ctx.Err()
	case err != nil && first:
		return raced.Round{}, &CountError{fmt.Errorf("%s", r.hider.Text(err.Error()))}
	}
	began := time.Now()
	replies, overlap := release(ctx, &r.o, line)
	if ctx.Err() != nil {
		return raced.Round{}, ctx.Err()
	}
	out := compare.Answers(replies, r.hider.Body)
	out.Key, out.Overlap = r.hider.Text(line.Key), overlap
	if r.o.Counter == nil {
		return out, nil
	}
	if err != nil {
		out.Growth = &raced.Growth{Unread: r.hider.Text(err.Error())}
		return out, nil
	}
	out.Growth = r.after(ctx, reading{count: before, at: began, noise: noise},
		compare.Evidence{Replies: replies, Sent: line.Body, Key: line.Key})
	return out, ctx.Err()
}
