package measuring

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/calibrate"
	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/subject"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// variant measures a service that is right.
func (m *measurement) variant(
	ctx context.Context, s subject.KnownService,
) (*calibrate.VariantResult, error) {
	out := &calibrate.VariantResult{
		Name: s.Name, Accused: []calibrate.Accusation{}, Reasons: []string{},
	}
	if out.Unfit = m.world.unfit(s); out.Unfit != "" {
		return out, nil
	}
	begun := time.Now()
	reasons := map[string]bool{}
	for _, seed := range m.options.Seeds {
		d, err := m.draw(s, seed)
		if err != nil {
			return nil, err
		}
		w := newWatch(nil, false)
		err = m.perform(ctx, d, w)
		if missing, ok := errors.AsType[*storeError](err); ok {
			out.Unfit, _, _ = strings.Cut(missing.Error(), "\n")
			return out, nil
		}
		if vain, ok := errors.AsType[*meaninglessError](err); ok {
			out.Unknown++
			reasons[vain.Error()] = true
			continue
		}
		if err != nil {
			return nil, err
		}
		for _, c := range w.inOrder() {
			count(out, c, seed, reasons)
		}
	}
	out.Reasons = append(out.Reasons, slices.Sorted(maps.Keys(reasons))...)
	if m.options.Seconds {
		out.Seconds = time.Since(begun).Round(time.Millisecond).Seconds()
	}
	return out, nil
}

// count counts a case of a right service.
func count(v *calibrate.VariantResult, c seen, seed uint64, reasons map[string]bool) {
	v.Cases++
	switch c.verdict.Verdict {
	case verdict.Invalid:
		first := c.verdict.Violations[0]
		v.Accused = append(v.Accused, calibrate.Accusation{
			Seed: seed, Case: c.plan.Index, Scenario: c.plan.Scenario, Rule: first.Rule,
			Message: first.Message,
		})
	case verdict.Unknown:
		v.Unknown++
		for _, r := range c.verdict.Reasons {
			_, why, _ := strings.Cut(r, " ")
			_, why, _ = strings.Cut(why, " ")
			reasons[why] = true
		}
	}
}
