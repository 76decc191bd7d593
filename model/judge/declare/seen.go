package declare

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/idemcheck/idemcheck/internal/lists"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/value"
)

// answers lists the answers to the operation that a violation speaks of, as they were given.
func (at *place) answers() []*model.Answer {
	given := lists.Where(at.events(), func(e *model.Event) bool {
		return e.Answer != nil && (e.Kind == model.Answered || e.Kind == model.Return)
	})
	return lists.Map(given, func(e *model.Event) *model.Answer { return e.Answer })
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
	all := lists.Map(at.answers(), func(a *model.Answer) int { return a.Status })
	out := lists.Where(all, func(status int) bool { return status >= from && status <= to })
	slices.Reverse(out)
	return lists.Distinct(out)
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
	all := at.answers()
	return lists.Where(at.contract.Promises.ComparedHeaders(), func(name string) bool {
		return slices.ContainsFunc(all, func(a *model.Answer) bool {
			return a.Headers[name] != all[0].Headers[name]
		})
	})
}

// span is the time from the first request of an operation to its last answer, by its service's
// clock.
func (at *place) span() time.Duration {
	all := at.events()
	if len(all) == 0 {
		return 0
	}
	return at.clock(all[len(all)-1].At) - max(at.clock(all[0].At), 0)
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
	return "[" + strings.Join(lists.Map(list, quote), ", ") + "]"
}

// quote puts a word of YAML into quotes where it needs them.
func quote(s string) string {
	if strings.ContainsAny(s, " ,:[]{}#\"'") {
		return `"` + strings.ReplaceAll(s, `"`, `\"`) + `"`
	}
	return s
}
