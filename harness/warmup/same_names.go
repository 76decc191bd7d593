package warmup

import (
	"context"

	"github.com/idemcheck/idemcheck/harness/warmup/internal/sight"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// sameNames are the lines by which two operations of one type and tenant have one name although
// their answers differ. In real time rehearsals meet at one service; in virtual time each has its
// own, and waiting costs nothing, so that two operations are made to meet. So they are where names
// met of operations on other resources.
func (p *proving) sameNames(ctx context.Context, but map[string][]*sight.Sight) []verdict.Mistake {
	var out []verdict.Mistake
	met := map[string]*sight.Sight{}
	for _, s := range p.rehearsed {
		op := s.Case.Operations[0]
		if but[op.Type] != nil || s.Type.Answer.Identity == "" || s.History == nil {
			continue
		}
		other := met[op.Type+" "+op.Tenant]
		met[op.Type+" "+op.Tenant] = s
		switch {
		case other != nil && p.runner.Conditions != nil:
			if len(s.SameName(s.Answer, other.Answer)) > 0 { // each account may count from 1
				out = append(out, s.SameName(p.pair(ctx, s.Case))...)
			}
		case other == nil && p.runner.Conditions == nil:
			out = append(out, s.SameName(p.pair(ctx, s.Case))...)
		}
	}
	return out
}

// pair returns the first ok answers to the operation of a case and another such one after it.
func (p *proving) pair(ctx context.Context, of model.Case) (a, b *model.Answer) {
	c := model.Case{Index: of.Index, Scenario: of.Scenario}
	join(&c, of, of.Operations[0].Tenant, of.Operations[0].Tenant)
	o := rehearse(ctx, p.runner, c)
	if o.History == nil {
		return nil, nil
	}
	first := map[string]*model.Answer{}
	for _, e := range o.History.Events {
		if e.Kind == model.Return && e.Answer != nil && first[e.Operation] == nil &&
			p.runner.Exec.Contract.Classify(c.Operations[0].Type, e.Answer) == model.OK {
			first[e.Operation] = e.Answer
		}
	}
	return first[c.Operations[0].ID], first[c.Operations[1].ID]
}
