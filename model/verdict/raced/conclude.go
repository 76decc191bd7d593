package raced

import (
	"fmt"
	"slices"

	"github.com/idemcheck/idemcheck/model/verdict"
)

// Conclude judges what was seen, and says it. It calls invalid only what no innocent reading
// explains: copies that carry one key, and more left behind than one operation leaves.
func (r *Race) Conclude() {
	r.Schema = Schema
	r.Verdict = verdict.Valid
	for i := range r.Rounds {
		round := &r.Rounds[i]
		round.Verdict, round.Reasons = r.judge(round)
		if worse(round.Verdict, r.Verdict) {
			r.Verdict = round.Verdict
		}
	}
	r.Reasons = nil
	for _, round := range r.Rounds {
		for _, reason := range round.Reasons {
			if r.Verdict == verdict.Unknown && !slices.Contains(r.Reasons, reason) {
				r.Reasons = append(r.Reasons, reason)
			}
		}
	}
	if len(r.Rounds) == 0 {
		r.Verdict = verdict.Unknown
	}
	r.Summary, r.Next = r.summary(), r.next()
}

// worse reports whether a result wins over another: invalid over unknown over valid.
func worse(a, b verdict.Result) bool {
	order := []verdict.Result{verdict.Valid, verdict.Unknown, verdict.Invalid}
	return slices.Index(order, a) > slices.Index(order, b)
}

// judge judges one round.
func (r *Race) judge(round *Round) (verdict.Result, []string) {
	g := round.Growth
	switch {
	case r.Sent.KeyAt == "":
		return verdict.Unknown, []string{"the line carries no idempotency key, so that each copy may " +
			"be an operation of its own: add --key Idempotency-Key, or the name that your service knows"}
	case g == nil:
		return verdict.Unknown, append(uncounted(round), r.unmet(round)...)
	case r.Counting != nil && g.Beyond(r.Counting.Each):
		return verdict.Invalid, nil
	case g.Unread != "":
		return verdict.Unknown, []string{"the count could not be read afterwards: " + g.Unread}
	case g.Noise != "":
		return verdict.Unknown, []string{g.Noise + ": let --count or --sql show what these " +
			"copies alone can add, or repeat it when nobody else is at work"}
	case g.New > r.Counting.Each:
		return r.excess(round)
	}
	if doubts := slices.Concat(r.shortfall(round), r.unmet(round)); len(doubts) > 0 {
		return verdict.Unknown, doubts
	}
	return verdict.Valid, nil
}

// Beyond reports whether new items alone show that more was done than one operation, which adds
// each: nobody else's work has the key of the copies, or is named by an answer to one of them.
func (g *Growth) Beyond(each int64) bool { return g.Proven > 1 || int64(g.Keyed) > each }

// uncounted says what is known where nothing was counted.
func uncounted(round *Round) []string {
	out := []string{"what the copies did was not counted: add --count 'curl …' with a line that " +
		"lists it, or --sql and --dsn with a query"}
	if round.Named > 1 {
		out = append(out, fmt.Sprintf("suspicious: answers of success name %d different things in %s; "+
			"a count tells whether there are as many", round.Named, round.NamedAt))
	}
	return out
}

// excess judges a count that grew by more than one operation adds.
func (r *Race) excess(round *Round) (verdict.Result, []string) {
	g, each := round.Growth, r.Counting.Each
	switch {
	case r.Counting.Declared:
		return verdict.Invalid, nil
	case g.New > each*int64(r.Sent.Copies):
		return verdict.Unknown, []string{fmt.Sprintf("%d new is more than %d copies can have added, one "+
			"each: say with --each how much one operation adds", g.New, r.Sent.Copies)}
	case !g.Listed && round.Named < 2:
		return verdict.Unknown, []string{fmt.Sprintf("a number grew by %d, answers name no two "+
			"different things, and one operation may add several: say with --each how many it adds "+
			"(--each 1)", g.New)}
	case g.Listed && g.Alike < 2:
		return verdict.Unknown, []string{fmt.Sprintf("no two of %d new items are alike and as the "+
			"line sent them, and one operation may leave several: say with --each how many it adds", g.New)}
	}
	return verdict.Invalid, nil
}

// shortfall says why a count that did not grow too much is no pass.
func (r *Race) shortfall(round *Round) []string {
	g, each := round.Growth, r.Counting.Each
	switch {
	case g.New < 0:
		return []string{"there is less than before: what is counted is no list of effects, or " +
			"others change it"}
	case g.New == 0 && round.Succeeded == 0:
		return []string{"nothing was done: no copy was answered 2xx, so that there was nothing to do " +
			"twice"}
	case g.New == 0:
		return []string{"copies were answered 2xx and the count did not change: the key was used " +
			"before (--repeat 1 makes a fresh one), it comes later (--settle 5s), or what is " +
			"counted does not show it"}
	case g.New < each:
		return []string{fmt.Sprintf("%d new is less than the %d that one operation adds: "+
			"correct --each, or wait longer with --settle", g.New, each)}
	case g.Paged:
		return []string{"the list of --count has more pages, which were not read: narrow it, so that " +
			"all is on one"}
	case round.Succeeded == 0:
		return []string{"something was done, and no copy was told so: look at the answers"}
	case round.Named > 1:
		return []string{fmt.Sprintf("suspicious: one operation was counted, and answers of success name "+
			"%d different things in %s", round.Named, round.NamedAt)}
	}
	return nil
}

// unmet says why copies did not race.
func (r *Race) unmet(round *Round) []string {
	o := round.Overlap
	switch {
	case o.Broken != "":
		return []string{"the copies were not released together: " + o.Broken}
	case o.AtOnce < 2:
		return []string{fmt.Sprintf("no two copies were with the service at once: it answers faster "+
			"than copies can be released (%v from first to last): raise -n or --repeat, or let the service "+
			"take longer", o.Release)}
	case o.Met < 2:
		return []string{"fewer than two copies were worked on at once, the others were turned away: " +
			"mend what turned them away (address, credentials, rate), or lower -n"}
	case o.Open > 0:
		return []string{fmt.Sprintf("%d copies were not answered in time and may still be at work: "+
			"raise --timeout", o.Open)}
	}
	return nil
}
