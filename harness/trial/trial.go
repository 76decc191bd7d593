package trial

import (
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/harness/execute"
	"github.com/idemcheck/idemcheck/harness/internal/conditions"
	"github.com/idemcheck/idemcheck/harness/internal/crew"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/judge"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// Trial is what came of running one case.
type Trial struct {
	Case    model.Case
	History *model.History
	Verdict verdict.Verdict
	// Until is when the last run ended, and Causes are what hindered the last run.
	Until  time.Time
	Causes []conditions.Cause
	// Signature is what the last run showed (see [signature]).
	Signature uint64
	Runs      int
	Elapsed   time.Duration
	// Beside are cases that ran at the same time; only those of an invalid outcome are wanted.
	Beside []model.Case
	// Suspected are violations that do not count unless they come again when the case runs alone:
	// the verdict leaves them out. Confirmed: the case was run alone because of them.
	Suspected []verdict.Violation
	Confirmed bool
	// Alone: the last run had the service to itself, whoever ran at the same time.
	Alone bool
	// failsAnew says that what a violation speaks of fails under a new key too; "" otherwise.
	failsAnew string
	// sure are the rules of violations that were proven by new keys.
	sure []string
}

// Undecided reports whether a case is neither right nor wrong so far, and is not waiting for
// a run alone either. What fails by itself would do so again.
func (o *Trial) Undecided() bool {
	return o.Verdict.Verdict == verdict.Unknown && len(o.Suspected) == 0 && o.failsAnew == ""
}

// hindered reports whether one of some kinds of causes, or any when none is named, hindered the
// last run of a case.
func (o *Trial) hindered(kinds ...conditions.Hindrance) bool {
	return slices.ContainsFunc(o.Causes, func(c conditions.Cause) bool {
		return len(kinds) == 0 || slices.Contains(kinds, c.Kind)
	})
}

// Finish is how a case went, for the crew.
func (o *Trial) Finish() crew.Finish {
	out := crew.Finish{
		Starved: o.hindered(conditions.Starved, conditions.Silent),
		Refused: o.hindered(conditions.Limited, conditions.SignedOut),
		Faults:  len(o.Case.Faults) > 0,
	}
	if o.History == nil {
		return out
	}
	out.Missed = slices.ContainsFunc(o.History.Events, func(e model.Event) bool {
		return e.Kind == model.FaultReported && !e.Fired
	})
	return out
}

// doubts reports whether a violation does not count as it was seen. What was answered means little
// while the service refuses everybody.
func (o *Trial) doubts(v verdict.Violation, alone bool) bool {
	switch {
	case o.hindered(conditions.SignedOut):
		return true
	case slices.Contains(o.sure, v.Rule) && !v.Timed:
		return false
	case v.Timed:
		return !alone || o.hindered() && !o.patient(v)
	}
	return o.hindered(conditions.Limited, conditions.Paused) && judge.RuleOf(v.Rule).Gravity() > 0
}

// patient reports whether the retries of a violation's operations went on for much longer than
// anything was late, so that lateness does not explain that they came to nothing. Other violations
// that depend on timing are about single moments, where every lateness counts.
func (o *Trial) patient(v verdict.Violation) bool {
	asked := o.hindered(conditions.Limited, conditions.Paused, conditions.SignedOut)
	if !judge.RuleOf(v.Rule).InVain() || asked {
		return false
	}
	var healed time.Duration
	ended := map[string]time.Duration{}
	for _, e := range o.History.Events {
		switch e.Kind {
		case model.Healed:
			healed = e.At
		case model.Return:
			ended[e.Operation] = e.At
		}
	}
	for _, c := range o.Causes {
		for _, op := range v.Operations {
			if ended[op]-healed < execute.PatienceFactor*c.Worst {
				return false
			}
		}
	}
	return true
}

// speaksOfFailure reports whether what an outcome shows may be that the service fails: all that it
// violates depends on timing, and some request failed to the end.
func (o *Trial) speaksOfFailure() bool {
	if o.History == nil || slices.ContainsFunc(o.Verdict.Violations, func(v verdict.Violation) bool {
		return v.Level == verdict.LevelViolation && !v.Timed
	}) {
		return false
	}
	final := map[int]bool{}
	return slices.ContainsFunc(o.History.Events, func(e model.Event) bool {
		if e.Kind == model.Invoke && e.Final {
			final[e.Attempt] = true
		}
		return e.Kind == model.Return && final[e.Attempt] &&
			(e.Answer == nil || e.Answer.Status >= http.StatusInternalServerError)
	})
}

// lastTold is the key of an operation, and its last answer; nil when it got none.
func (o *Trial) lastTold(operation string) (key string, said *model.Answer) {
	for _, e := range o.History.Events {
		if e.Kind == model.Return && e.Operation == operation {
			said = e.Answer
		}
	}
	return o.keyOf(operation), said
}

func (o *Trial) keyOf(operation string) string {
	if op := o.History.Operation(operation); op != nil {
		return op.Key
	}
	return ""
}

// failedFinally reports whether an operation was answered after everything healed that the service
// failed, where the contract declares no such failure and the answer does not speak of the key.
func (o *Trial) failedFinally(operation string, c *model.Contract) bool {
	of := o.History.Operation(operation)
	return of != nil && slices.ContainsFunc(o.History.Events, func(e model.Event) bool {
		failed := e.Answer != nil && e.Answer.Status >= http.StatusInternalServerError
		return failed && e.Kind == model.Answered && e.Final && e.Operation == operation &&
			!c.InVain(of, e.Answer) && !slices.Contains(c.Promises.InFlight, e.Answer.Status)
	})
}

// failedUndeclared reports whether an operation was last told, after everything healed, a failure
// that the contract has nowhere.
func (o *Trial) failedUndeclared(operation string, c *model.Contract) bool {
	_, last := o.lastTold(operation)
	return last != nil && last.Status >= http.StatusInternalServerError && !c.AsksAgain(last)
}

// Withdraw takes violations back that say only that the service fails: the case is unknown.
func (o *Trial) Withdraw() {
	o.Verdict.Violations = slices.DeleteFunc(o.Verdict.Violations, func(v verdict.Violation) bool {
		return v.Timed
	})
	o.Verdict.Verdict = verdict.Unknown
	o.Verdict.Reasons = append(o.Verdict.Reasons, NameOf(&o.Case)+o.failsAnew)
}

// NameOf is what every reason of a case begins with.
func NameOf(c *model.Case) string { return fmt.Sprintf("case %d (%s): ", c.Index, c.Scenario) }

// Unknown is a verdict on nothing, with reasons.
func Unknown(reasons []string) verdict.Verdict {
	v := verdict.New()
	v.Verdict, v.Reasons = verdict.Unknown, reasons
	return v
}

// proves reports whether a history proves the service wrong, whatever comes later.
func proves(h *model.History, c *model.Contract, spec *contract.Compiled) bool {
	v := judge.Judge(h, c, spec)
	seen := func(v verdict.Violation) bool { return !v.Timed } // by what was seen, and not by when
	return v.Verdict == verdict.Invalid && slices.ContainsFunc(v.Violations, seen)
}
