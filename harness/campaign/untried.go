package campaign

import (
	"slices"
	"strings"
	"time"

	"github.com/idemcheck/idemcheck/harness/plan"
	"github.com/idemcheck/idemcheck/model"
)

// saw is what the histories of a run showed of the service.
type saw struct {
	// failed: the service itself answered with 5xx; refused: with a declared refusal.
	failed, refused bool
}

// look adds what a history shows; nil shows nothing.
func (s *saw) look(h *model.History, c *model.Contract) {
	if h == nil || s.failed && s.refused {
		return
	}
	refusals := map[string][]int{}
	for _, op := range h.Operations {
		refusals[op.ID] = c.Operations[op.Type].Refused
	}
	for _, e := range h.Events {
		if e.Kind == model.Answered && e.Answer != nil {
			s.failed = s.failed || e.Answer.Status >= 500
			s.refused = s.refused || slices.Contains(refusals[e.Operation], e.Answer.Status)
		}
	}
}

// inVirtualTime is how to try what the command cannot do to a service.
const inVirtualTime = "harness.Check in a go test, with scenarios.Virtual()"

// untried lists what a run did not try, with what would make it tried.
func (s *sweep) untried(f model.Faults) []model.Untried {
	return slices.Concat(s.untriedConditions(f), s.untriedKeys(), s.untriedReadings(),
		s.untriedFaults(f))
}

// list collects what was not tried.
type list []model.Untried

// unless adds something unless it was tried.
func (l *list) unless(tried bool, what, try string) {
	if !tried {
		*l = append(*l, model.Untried{What: what, Try: try})
	}
}

// untriedConditions are those in which the service never was.
func (s *sweep) untriedConditions(f model.Faults) []model.Untried {
	var out list
	retention := s.exec.Contract.Promises.Retention.Std()
	expiry := inVirtualTime
	if retention == 0 {
		expiry = "promises.retention, and " + inVirtualTime
	}
	out.unless(retention > 0 && s.anyCase(func(c *model.Case) bool { return waits(c) >= retention }),
		"a repeat after the retention", expiry)
	tenants := "the scenario tenants-share-a-key"
	if len(plan.Callers(s.exec.Contract)) < 2 {
		tenants = "tenants, two with headers of their own"
	}
	out.unless(s.anyCase(func(c *model.Case) bool { return len(c.Tenants()) > 1 }),
		"a second tenant", tenants)
	out.unless(s.saw.failed, "an operation that fails by itself (5xx)",
		"operations.NAME.fails_when")
	out.unless(s.saw.refused, "a refused operation", "operations.NAME.refused and .when")
	out.unless(f.ByKind[model.Crash].Fired > 0, "a crash of the service", inVirtualTime)
	if s.Enter == nil {
		out.unless(false, "a second instance, unless target.url is a balancer before several",
			"target.url of such a balancer")
	}
	return out
}

// untriedReadings are what nobody looked at.
func (s *sweep) untriedReadings() []model.Untried {
	var lookup, state, notification bool
	for _, r := range s.exec.Contract.Resources {
		state = state || len(r.State) > 0
	}
	for _, op := range s.exec.Contract.Operations {
		lookup = lookup || op.Answer.Lookup != ""
		for _, e := range op.Effects {
			notification = notification || e.Notification
		}
	}
	var out list
	out.unless(lookup, "whether what an answer names exists", "operations.NAME.answer.lookup")
	out.unless(state, "the state that operations leave behind",
		"resources.NAME.read and .state")
	out.unless(notification, "whether replays notify again",
		"operations.NAME.effects with notification: true")
	return out
}

// untriedFaults are the kinds that never fired, besides crashes.
func (s *sweep) untriedFaults(f model.Faults) []model.Untried {
	var kinds []string
	for _, k := range model.FaultKinds() {
		if k.Kind != model.Crash && f.ByKind[k.Kind].Fired == 0 {
			kinds = append(kinds, string(k.Kind))
		}
	}
	var out list
	out.unless(len(kinds) == 0, "faults: "+strings.Join(kinds, ", "), "all scenarios, or more cases")
	return out
}

// anyCase tells whether a case that was run is of some kind.
func (s *sweep) anyCase(is func(*model.Case) bool) bool {
	return slices.ContainsFunc(s.results, func(o *outcome) bool { return o != nil && is(&o.plan) })
}

// waits is the longest wait of a case before an attempt.
func waits(c *model.Case) time.Duration {
	var longest time.Duration
	for _, op := range c.Operations {
		for _, a := range op.Attempts {
			longest = max(longest, a.After.Std())
		}
	}
	return longest
}
