package race

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/idemcheck/idemcheck/chaos"
	"github.com/idemcheck/idemcheck/harness/race/internal/compare"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/fault"
	"github.com/idemcheck/idemcheck/model/value"
	"github.com/idemcheck/idemcheck/model/verdict/raced"
)

// copies is the name of the operation whose attempts are the copies.
const copies = "copy"

// maxDrain is how long is waited for what is under way once all clients have ended.
const maxDrain = 5 * time.Second

// witnessed is what the network says of a release.
type witnessed struct {
	mu    sync.Mutex
	stays []chaos.Stay
	// detail is what was seen of the race in words.
	detail string
}

func (w *witnessed) record(e model.Event) {
	if e.Kind != model.Raced {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.detail = e.Detail
}

func (w *witnessed) watch(_ fault.Fault, stays []chaos.Stay) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.stays = stays
}

// release sends all copies up to their last byte, lets go of all last bytes at once, and returns
// what each client saw and how the copies met.
func release(ctx context.Context, o *Options, line *Line) ([]compare.Saw, raced.Overlap) {
	var seen witnessed
	net := o.World.Open(chaos.NetOptions{
		Faults: []fault.Fault{{
			Kind: fault.ConcurrentDuplicate, Operation: copies, Attempt: 1, Copies: o.Copies,
		}},
		Record: seen.record, Interpret: interpret, Copies: seen.watch,
	})
	defer net.Close()
	replies := make([]compare.Saw, o.Copies)
	head := line.head()
	var clients sync.WaitGroup
	for i := range replies {
		clients.Go(func() {
			replies[i] = reply(net.Attempt(ctx, chaos.Attempt{
				Operation: copies, Number: i + 1, Head: head, Payload: []byte(line.Body),
				Timeout: o.Timeout,
			}))
		})
	}
	clients.Wait()
	waiting, cancel := context.WithTimeout(ctx, maxDrain)
	defer cancel()
	drained := net.Drain(waiting) == nil
	net.Close() // so that a race that lacks a copy is reported too
	seen.mu.Lock()
	defer seen.mu.Unlock()
	out := overlap(seen.stays, replies)
	if out.Arrived < o.Copies {
		out.Broken = strings.TrimPrefix(seen.detail[strings.Index(seen.detail, ": ")+1:], " ")
	}
	for _, one := range replies {
		if !drained && one.Err == "timeout" {
			out.Open++
		}
	}
	return replies, out
}

// location is the header that says where an answer leads.
const location = "Location"

// interpret keeps of an answer what a race looks at.
func interpret(status int, header map[string][]string, body []byte) *model.Answer {
	return &model.Answer{
		Status: status, Body: string(body),
		Headers: map[string]string{location: http.Header(header).Get(location)},
	}
}

func reply(c chaos.Completion) compare.Saw {
	if c.Answer == nil {
		return compare.Saw{Err: cmp.Or(c.Unread, c.Err, "no answer")}
	}
	return compare.Saw{
		Status: c.Answer.Status, Body: c.Answer.Body, Location: c.Answer.Headers[location],
	}
}

// overlap is how copies met. A copy whose answer came before its last byte was known to be with the
// service met nobody.
func overlap(stays []chaos.Stay, replies []compare.Saw) raced.Overlap {
	var out raced.Overlap
	var all, working []chaos.Stay
	var first, last, end time.Time
	for i, s := range stays {
		if s.Sent.IsZero() {
			continue
		}
		out.Arrived++
		if first.IsZero() || s.Sent.Before(first) {
			first = s.Sent
		}
		last, end = later(last, s.Sent), later(end, later(s.Sent, s.Ended))
		if s.Ended.Before(s.Sent) {
			continue
		}
		all = append(all, s)
		if !replies[i].TurnedAway() {
			working = append(working, s)
		}
	}
	out.AtOnce, out.Met = atOnce(all), atOnce(working)
	out.Release, out.Whole = value.Duration(last.Sub(first)), value.Duration(end.Sub(first))
	out.Together = value.Duration(together(all))
	out.Load = load(all, first, end)
	return out
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// atOnce is how many stays have one moment in common, at most.
func atOnce(stays []chaos.Stay) int {
	out := 0
	for _, s := range stays {
		out = max(out, at(stays, s.Sent))
	}
	return out
}

// at is how many were with the service at a moment.
func at(stays []chaos.Stay, moment time.Time) int {
	n := 0
	for _, s := range stays {
		if !s.Sent.After(moment) && !s.Ended.Before(moment) {
			n++
		}
	}
	return n
}

// together is the longest time that two stays have in common: the one that begins later with the
// one of the earlier that ends last.
func together(stays []chaos.Stay) time.Duration {
	sorted := slices.SortedFunc(slices.Values(stays), func(a, b chaos.Stay) int {
		return a.Sent.Compare(b.Sent)
	})
	var out time.Duration
	var end time.Time
	for _, s := range sorted {
		shared := s.Ended
		if end.Before(shared) {
			shared = end
		}
		out = max(out, shared.Sub(s.Sent))
		end = later(end, s.Ended)
	}
	return out
}

// steps is into how many parts the load is divided.
const steps = 48

// load is how many were with the service in equal parts of the time between two moments, at most.
func load(stays []chaos.Stay, first, end time.Time) []int {
	whole := end.Sub(first)
	if whole <= 0 {
		return nil
	}
	out := make([]int, steps)
	for i := range out {
		from, to := first.Add(whole*time.Duration(i)/steps), first.Add(whole*time.Duration(i+1)/steps)
		out[i] = at(stays, from)
		for _, s := range stays {
			if s.Sent.After(from) && s.Sent.Before(to) {
				out[i] = max(out[i], at(stays, s.Sent))
			}
		}
	}
	return out
}
