package shrink

import (
	"context"
	"time"

	"github.com/idemcheck/idemcheck/harness/plan/simplify"
	"github.com/idemcheck/idemcheck/harness/trial"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/judge"
	"github.com/idemcheck/idemcheck/model/value"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// A service that keeps several keys in one place may lose the record of one when it writes another:
// what is then executed again was acknowledged under a key that works well alone. Such a violation
// needs neighbours, which are operations with other keys in its case, or cases beside it. Whether
// it does is tried by replays without them and with them, in turns, so that the time of the day
// explains nothing.

const (
	// MaxBeside is how many cases run beside a case at most.
	MaxBeside = 16
	// addedNeighbours is how many operations with other keys join each operation of a case.
	addedNeighbours = 3
	// maxRounds is how often a case is replayed alone, and with neighbours, at most.
	maxRounds = 2 * replays
	// neighbourShare is for how much longer than for shrinking neighbours may be tried, as one part
	// of so many.
	neighbourShare = 2
)

// comparison is a case with neighbours, and what is left without them. cases are those beside it;
// within reports whether operations of the counterexample as it was found are left out.
type comparison struct {
	alone, whole model.Case
	cases        []model.Case
	within       bool
}

// comparisons lists what may show that a counterexample needs neighbours, the cheapest first. In
// virtual time each case has a service of its own, so no case is beside another. A violation that
// depends on timing says nothing about keys.
func comparisons(f *Found, invalid []*trial.Trial, t *Task) []comparison {
	var out []comparison
	if f.Replays == 0 || f.Violation.Timed {
		return nil
	}
	own, others := f.own()
	if len(others) > 0 && judge.RuleOf(f.Violation.Rule).ExecutesAgain() {
		out = append(out, comparison{alone: waiting(f, own.Clone()), whole: f.Case, within: true})
	}
	if t.Runner.Place.Virtual() || t.Single {
		return out
	}
	own = simplify.Normalize(own, t.Runner.Exec.Contract)
	if c, ok := simplify.Crowd(own, addedNeighbours, t.Runner.Exec.Contract); ok {
		out = append(out, comparison{alone: own, whole: c})
	}
	for _, o := range invalid {
		if o.Case.Index == f.Case.Index && len(o.Beside) > 0 {
			out = append(out, comparison{alone: f.Case, whole: f.Case, cases: o.Beside})
		}
	}
	return out
}

// waiting lets the operations of a case begin when they began in the history of a counterexample,
// in which others came before them: only these are to be missing, and not the time that they took.
func waiting(f *Found, c model.Case) model.Case {
	begun, ended := map[string]time.Duration{}, map[string]time.Duration{}
	for _, e := range f.History.Events {
		if e.Kind == model.Invoke && e.Attempt == 1 {
			begun[e.Operation] = e.At
		}
		if e.Kind == model.Return && !e.Final {
			ended[e.Operation] = e.At
		}
	}
	free := map[int]time.Duration{} // when a client is, by its number
	for i := range c.Operations {
		op := &c.Operations[i]
		op.After = max(op.After, value.Duration(begun[op.ID]-free[op.Client]))
		free[op.Client] = ended[op.ID]
	}
	return c
}

// compare replays a case without its neighbours and with them, in turns, until it broke the rule
// often enough, and returns these replays and how many rounds there were. Neighbours are needed if
// nothing went wrong in all of the rounds without them, and with them it did in half of the rounds
// at least; otherwise it returns nothing. A round that could not be judged does not count. While
// every round has shown that they are needed the time does not end it: on a busy machine the few
// rounds that are left would decide what the report says.
func (s *shrinker) compare(ctx context.Context, c comparison) (broke []step, rounds int) {
	alone := simplify.Normalize(c.alone, s.runner.Exec.Contract)
	for range maxRounds {
		over := time.Now().After(s.deadline) && (rounds == 0 || len(broke) < rounds)
		if over || rounds-len(broke) > c.misses(s.runner.Place.Virtual()) {
			return nil, 0
		}
		outcomes := s.repeat(ctx, alone, 1)
		if len(outcomes) == 0 {
			return nil, 0 // the run was interrupted
		}
		o := &outcomes[0]
		if o.Verdict.Verdict == verdict.Unknown {
			continue
		}
		if !s.wellAlone(o, c) {
			return nil, 0
		}
		rounds++
		for _, o := range s.repeat(ctx, c.whole, 1, c.cases...) {
			if found := Alike(o.Verdict, s.rule); found != nil {
				broke = append(broke, step{c.whole, o.History, *found})
			}
		}
		if len(broke) == replays && ctx.Err() == nil {
			return broke, rounds
		}
	}
	return nil, 0
}

// misses is how many rounds with neighbours may show nothing. Where more neighbours can be tried,
// few that seldom do harm are not worth the time.
func (c *comparison) misses(virtual bool) int {
	if c.within && !virtual {
		return replays - enough
	}
	return maxRounds - replays
}

// wellAlone reports whether a case without its neighbours was right, and did what it did with them:
// where operations of its own are missing, those that are left must have been acknowledged all the
// same. What needs another operation first, such as the money for it, needs it for that.
func (s *shrinker) wellAlone(o *trial.Trial, c comparison) bool {
	if o.Verdict.Verdict != verdict.Valid {
		return false
	}
	promised, types, done := s.runner.Exec.Contract, map[string]string{}, map[string]bool{}
	for _, op := range o.Case.Operations {
		types[op.ID] = op.Type
	}
	for _, e := range o.History.Events {
		if e.Kind == model.Return && promised.Classify(types[e.Operation], e.Answer) == model.OK {
			done[e.Operation] = true
		}
	}
	return !c.within || len(done) == len(types)
}
