package curl

import (
	"time"

	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/reports/internal/words"
)

// visit is one request as the service saw it, or an attempt that it never saw.
type visit struct {
	op           string
	attempt, hit int
	start, end   time.Duration
	// first and last are positions in the history: they order visits even where times are equal.
	first, last int
	// missing reports whether nothing arrived, unread that the client did not get the answer.
	missing, unread bool
	// outcome is the client's error, if any.
	outcome string
	// patience is how long the client stayed connected when it hung up on a service at work.
	patience time.Duration
	// replica is where it went (see model.PlannedAttempt).
	replica int
}

func (v visit) label() string {
	if v.hit > 1 {
		return words.Label(v.op, v.attempt) + " again"
	}
	return words.Label(v.op, v.attempt)
}

// minPatience keeps a hang-up from coming before curl has sent anything.
const minPatience = 50 * time.Millisecond

// visits lists what the service saw in the order of arrival. A history without a view of the wire
// is taken at the clients' word.
func visits(h *model.History) []visit {
	begin, finish := model.Sent, model.Answered
	if !has(h.Events, model.Sent) {
		begin, finish = model.Invoke, model.Return
	}
	var out []visit
	for i, e := range h.Events {
		switch {
		case e.Kind == begin && (e.Complete || begin == model.Invoke):
			v := arrival(h.Events, i, finish)
			if begun, ok := find(h.Events, e, model.Invoke); ok {
				v.replica = h.Events[begun].Replica
			}
			out = append(out, v)
		case e.Kind == model.Invoke && begin == model.Sent && !arrived(h.Events, e):
			out = append(out, absence(h.Events, i))
		}
	}
	return out
}

func has(events []model.Event, kind model.EventKind) bool {
	for _, e := range events {
		if e.Kind == kind {
			return true
		}
	}
	return false
}

func arrived(events []model.Event, e model.Event) bool {
	_, ok := find(events, e, model.Sent)
	return ok
}

// find returns the position of an attempt's first event of a kind.
func find(events []model.Event, e model.Event, kind model.EventKind) (int, bool) {
	for i, x := range events {
		if x.Kind == kind && x.Operation == e.Operation && x.Attempt == e.Attempt {
			return i, true
		}
	}
	return 0, false
}

func absence(events []model.Event, i int) visit {
	e := events[i]
	v := visit{op: e.Operation, attempt: e.Attempt, missing: true, first: i, last: i}
	v.outcome = "nothing arrived"
	if r, ok := find(events, e, model.Return); ok && events[r].Err != "" {
		v.outcome = events[r].Err
	}
	return v
}

func arrival(events []model.Event, i int, finish model.EventKind) visit {
	e := events[i]
	v := visit{op: e.Operation, attempt: e.Attempt, hit: e.Hit, first: i, last: i}
	v.start, v.end = e.At, e.At
	for j := i + 1; j < len(events); j++ {
		x := events[j]
		same := x.Operation == e.Operation && x.Attempt == e.Attempt && max(x.Hit, 1) == max(e.Hit, 1)
		if x.Kind == finish && same {
			v.end, v.last = x.At, j
			break
		}
	}
	if r, ok := find(events, e, model.Return); ok && events[r].Answer == nil {
		v.unread, v.outcome = true, events[r].Err
		if i < r && r < v.last {
			v.patience = max(events[r].At-e.At, minPatience)
		}
	}
	return v
}

// batch counts how many of the first visits were at work together, one with the next.
func batch(all []visit) int {
	n, last := 1, all[0].last
	for n < len(all) && !all[n].missing && all[n].first < last {
		last = max(last, all[n].last)
		n++
	}
	return n
}
