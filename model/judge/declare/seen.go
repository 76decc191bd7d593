package declare

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/value"
)

// answers lists the answers to the operation that a violation speaks of, as they were given.
func (at *place) answers() []*model.Answer {
	var out []*model.Answer
	for _, e := range at.events() {
		if e.Answer != nil && (e.Kind == model.Answered || e.Kind == model.Return) {
			out = append(out, e.Answer)
		}
	}
	return out
}

// events lists the events of the operations that a violation names.
func (at *place) events() []*model.Event {
	var out []*model.Event
	for i := range at.history.Events {
		e := &at.history.Events[i]
		if e.Operation != "" && slices.Contains(at.found.Operations, e.Operation) {
			out = append(out, e)
		}
	}
	return out
}

// statuses lists the statuses that were seen, the last one first, from one up to another.
func (at *place) statuses(from, to int) []int {
	var out []int
	for _, a := range at.answers() {
		if a.Status >= from && a.Status <= to {
			out = append(out, a.Status)
		}
	}
	slices.Reverse(out)
	return distinct(out)
}

// distinct drops what came before.
func distinct(all []int) []int {
	var out []int
	for _, n := range all {
		if !slices.Contains(out, n) {
			out = append(out, n)
		}
	}
	return out
}

// fields lists the top-level fields that are not the same in all answers of one status.
func (at *place) fields() []string {
	differ := map[string]bool{}
	first := map[string]map[string]any{}
	for _, a := range at.answers() {
		body, ok := value.Object(a.Body)
		if !ok {
			continue
		}
		status := a.Status
		key := at.statusKey(status)
		if first[key] == nil {
			first[key] = body
			continue
		}
		for name := range unite(first[key], body) {
			x, inFirst := first[key][name]
			y, inThis := body[name]
			if inFirst != inThis || value.Text(x) != value.Text(y) {
				differ[name] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(differ))
}

// statusKey is the same for answers that are compared with each other: successes, or one refusal.
func (at *place) statusKey(status int) string {
	if status/100 == 2 {
		return "2xx"
	}
	return value.Text(status)
}

func unite(a, b map[string]any) map[string]any {
	out := maps.Clone(a)
	maps.Copy(out, b)
	return out
}

// headers lists the compared headers that are not the same in all answers.
func (at *place) headers() []string {
	var out []string
	all := at.answers()
	for _, name := range at.contract.Promises.ComparedHeaders() {
		if slices.ContainsFunc(all, func(a *model.Answer) bool {
			return a.Headers[name] != all[0].Headers[name]
		}) {
			out = append(out, name)
		}
	}
	return out
}

// span is the time from the first request of an operation to its last answer, by its service's
// clock.
func (at *place) span() time.Duration {
	first, last := time.Duration(-1), time.Duration(0)
	for _, e := range at.events() {
		if first < 0 {
			first = at.clock(e.At)
		}
		last = at.clock(e.At)
	}
	return last - max(first, 0)
}

// clock is what the service's clock showed at a moment.
func (at *place) clock(moment time.Duration) time.Duration {
	out := moment
	for _, e := range at.history.Events {
		if e.Kind == model.ClockMoved && e.At <= moment {
			out += e.Span
		}
	}
	return out
}

// typ is the name of the type of the operation that a violation speaks of; "" where it names none.
func (at *place) typ() string {
	if len(at.operations) == 0 {
		return ""
	}
	return at.operations[0].Type
}

// quoted writes a list as a contract does.
func quoted(list []string) string {
	out := make([]string, len(list))
	for i, s := range list {
		if out[i] = s; strings.ContainsAny(s, " ,:[]{}#\"'") {
			out[i] = `"` + strings.ReplaceAll(s, `"`, `\"`) + `"`
		}
	}
	return "[" + strings.Join(out, ", ") + "]"
}
