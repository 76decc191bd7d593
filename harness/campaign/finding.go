package campaign

import (
	"slices"
	"time"

	"github.com/idemcheck/idemcheck/model"
)

// find writes into the violations of an outcome where they were seen, and into those of an invalid
// one how many were found before. The caller holds the lock.
func (s *sweep) find(o *outcome) {
	invalid := o.verdict.Verdict == model.Invalid
	if invalid {
		s.findings = append(s.findings, model.Finding{
			Case: o.plan.Index, Scenario: o.plan.Scenario,
			After: model.Duration(time.Since(s.begun).Truncate(time.Microsecond)),
		})
	}
	o.verdict.Violations = slices.Clone(o.verdict.Violations) // others were told of them
	for i := range o.verdict.Violations {
		v := &o.verdict.Violations[i]
		v.Scenario = o.plan.Scenario
		if invalid {
			v.Found = len(s.findings)
		}
	}
}

// first is when the first of the violations that count was found; nil without any.
func (s *sweep) first(v model.Verdict) *model.Finding {
	number := 0
	for _, one := range v.Violations {
		counts := one.Level == model.LevelViolation && one.Found > 0
		if counts && (number == 0 || one.Found < number) {
			number = one.Found
		}
	}
	if number == 0 {
		return nil
	}
	return &s.findings[number-1]
}
