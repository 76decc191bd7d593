// Package untried says what a run did not try, with what would make it tried.
package untried

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/idemcheck/idemcheck/harness/internal/keyform"
	"github.com/idemcheck/idemcheck/harness/plan"
	"github.com/idemcheck/idemcheck/harness/trial"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/fault"
	"github.com/idemcheck/idemcheck/model/verdict"
	"github.com/idemcheck/idemcheck/model/verdict/tally"
)

// Sights are what the histories of a run showed of the service. The zero value saw nothing.
type Sights struct {
	// failed: the service itself answered with 5xx; refused: with a declared refusal.
	failed, refused bool
}

// Look adds what a history shows; nil shows nothing.
func (s *Sights) Look(h *model.History, c *model.Contract) {
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

// Ended is a run that is over.
type Ended struct {
	Contract *model.Contract
	// Virtual: it ran in virtual time.
	Virtual bool
	// Results are its cases, nil for what was not begun, and Sights what they showed.
	Results []*trial.Trial
	Sights  Sights
}

// List lists what a run did not try, with what would make it tried; f are the faults that it made.
func List(r *Ended, f tally.Faults) []verdict.Untried {
	return slices.Concat(conditions(r, f), keys(r.Contract), readings(r.Contract),
		faults(f, r.Contract))
}

// list collects what was not tried.
type list []verdict.Untried

// unless adds something unless it was tried.
func (l *list) unless(tried bool, what, try string) {
	if !tried {
		*l = append(*l, verdict.Untried{What: what, Try: try})
	}
}

// conditions are those in which the service never was.
func conditions(r *Ended, f tally.Faults) []verdict.Untried {
	var out list
	retention := r.Contract.Promises.Retention.Std()
	expiry := inVirtualTime
	switch {
	case retention == 0:
		expiry = "promises.retention, and " + inVirtualTime
	case r.Contract.Age != nil:
		expiry = "idemcheck conformance, which makes records older (age)"
	}
	outwaits := func(c *model.Case) bool { return waits(c) >= retention }
	out.unless(retention > 0 && anyCase(r.Results, outwaits), "a repeat after the retention", expiry)
	tenants := "the scenario tenants-share-a-key"
	if len(r.Contract.Callers()) < 2 {
		tenants = "tenants, two with headers of their own"
	}
	out.unless(anyCase(r.Results, func(c *model.Case) bool { return len(c.Tenants()) > 1 }),
		"a second tenant", tenants)
	out.unless(r.Sights.failed, "an operation that fails by itself (5xx)",
		"operations.NAME.fails_when")
	out.unless(r.Sights.refused, "a refused operation", "operations.NAME.refused and .when")
	for _, name := range slices.Sorted(maps.Keys(r.Contract.Operations)) {
		out.unless(!r.Contract.Operations[name].SentOnce(), "a retry of "+name+", which is sent once",
			"operations."+name+".label: idempotent, or none")
	}
	crash := inVirtualTime
	if !r.Virtual {
		crash = "start, so that idemcheck runs the service; or " + inVirtualTime
	}
	out.unless(f.ByKind[fault.Crash].Fired > 0, "a crash of the service", crash)
	if !r.Virtual {
		out.unless(false, "a second instance, unless target.url is a balancer before several",
			"target.url of such a balancer")
	}
	return out
}

// readings are what nobody looked at.
func readings(c *model.Contract) []verdict.Untried {
	var lookup, state, notification bool
	for _, r := range c.Resources {
		state = state || len(r.State) > 0
	}
	for _, op := range c.Operations {
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
	for _, name := range slices.Sorted(maps.Keys(c.Ledgers)) {
		out.unless(!c.Ledgers[name].Nameless(), "which operation left what in "+name+": one effect too "+
			"many and one too few look right together", "ledgers."+name+".key or mark")
	}
	return out
}

// faults are the kinds that never fired, besides crashes.
func faults(f tally.Faults, c *model.Contract) []verdict.Untried {
	var kinds, left []string
	for _, k := range fault.Kinds() {
		elsewhere := k.Kind == fault.Crash || k.Traits.NeedsProcess && c.Start == nil
		switch {
		case elsewhere || f.ByKind[k.Kind].Fired > 0:
		case !c.Faults.Has(string(k.Kind)):
			left = append(left, string(k.Kind))
		default:
			kinds = append(kinds, string(k.Kind))
		}
	}
	var out list
	out.unless(len(left) == 0, "faults that the contract does not choose: "+strings.Join(left, ", "),
		"faults.include and faults.exclude without them")
	out.unless(len(kinds) == 0, "faults: "+strings.Join(kinds, ", "), "all scenarios, or more cases")
	return out
}

// anyCase reports whether a case that was run is of some kind.
func anyCase(results []*trial.Trial, is func(*model.Case) bool) bool {
	return slices.ContainsFunc(results, func(o *trial.Trial) bool { return o != nil && is(&o.Case) })
}

// waits is the longest wait of a case before an attempt.
func waits(c *model.Case) (maxWait time.Duration) {
	for _, op := range c.Operations {
		for _, a := range op.Attempts {
			maxWait = max(maxWait, a.After.Std())
		}
	}
	return maxWait
}

// keys are keys that were not sent because the contract does not say what becomes of them,
// and those that the form of its keys leaves no room for.
func keys(c *model.Contract) []verdict.Untried {
	var out list
	if !plan.SendsKeys(c) {
		return nil // no operation sends a key
	}
	said := keyform.MalformedStyles(c)
	out.unless(c.Key.Empty != "" || slices.Contains(said, model.KeyEmpty), "an empty key",
		"key.empty: none, or refused with promises.malformed")
	out.unless(c.Key.From != "" || slices.Contains(said, model.KeyTooLong), "a key that is too long",
		"key.max_length and promises.too_long")
	if !c.Key.Formed() {
		return out
	}
	open := *c
	open.Key.Format, open.Key.Pattern = "", ""
	var alike []string
	for _, style := range slices.Compact(keyform.AlikeStyles(&open)) {
		if !slices.Contains(keyform.AlikeStyles(c), style) {
			alike = append(alike, string(style))
		}
	}
	out.unless(len(alike) == 0, fmt.Sprintf("keys that are alike (%s), which the form of keys leaves "+
		"no room for", strings.Join(alike, ", ")), "key.pattern or key.format that permits them")
	return out
}
