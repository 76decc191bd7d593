package raced

import (
	"fmt"
	"strings"

	"github.com/idemcheck/idemcheck/model/verdict"
)

// summary says in a sentence what was seen.
func (r *Race) summary() string {
	switch len(r.Rounds) {
	case 0:
		return "nothing was sent"
	case 1:
		return r.alone(&r.Rounds[0])
	}
	done, most, worst := 0, 0, &r.Rounds[0]
	for i := range r.Rounds {
		round := &r.Rounds[i]
		if round.Verdict == verdict.Invalid {
			done++
			if n := r.times(round.Growth); n > most {
				most, worst = n, round
			}
		}
	}
	out := fmt.Sprintf("%d rounds of %d copies at once: ", len(r.Rounds), r.Sent.Copies)
	switch {
	case done > 0:
		return out + fmt.Sprintf("in %s an operation was done more than once, %s at worst",
			of(done, len(r.Rounds)), Times(r.times(worst.Growth)))
	case r.Verdict == verdict.Valid:
		return out + "each operation was done once"
	}
	return out + "whether each operation was done once is not known"
}

// of says how many of some.
func of(some, all int) string {
	if some == all {
		return fmt.Sprintf("all %d", all)
	}
	return fmt.Sprintf("%d of %d", some, all)
}

// alone says what one round showed.
func (r *Race) alone(round *Round) string {
	how := "at once"
	if round.Overlap.AtOnce < 2 {
		how = "one after the other"
	}
	out := fmt.Sprintf("%d copies %s: %s", r.Sent.Copies, how, answers(round))
	g := round.Growth
	if g == nil {
		return out + "; what they did was not counted"
	}
	if g.Unread != "" {
		return out + "; what they did is not known"
	}
	out += ", " + r.grown(g)
	switch {
	case round.Verdict == verdict.Invalid:
		return out + ": this was done " + Times(r.times(g))
	case round.Verdict == verdict.Valid:
		return out + ": this was done once"
	case r.Sent.KeyAt == "":
		return out + ", and no key that makes them one operation"
	}
	return out + ": whether this was done once is not known"
}

func answers(round *Round) string {
	answered := 0
	for _, g := range round.Answers {
		if g.Err == "" {
			answered += g.Count
		}
	}
	switch {
	case answered == 0:
		return "no answer"
	case round.Different == 1 && answered == 1:
		return "one answer"
	case round.Different == 1:
		return "the same answer"
	}
	return fmt.Sprintf("%d different answers", round.Different)
}

// grown says what is new.
func (r *Race) grown(g *Growth) string {
	switch {
	case !g.Listed && g.New < 0:
		return fmt.Sprintf("%d fewer", -g.New)
	case !g.Listed:
		return fmt.Sprintf("%d more", g.New)
	case g.New == 1 && len(g.Kinds) < 2:
		return "1 new item"
	case len(g.Kinds) < 2:
		return fmt.Sprintf("%d new items", g.New)
	case g.New == 1:
		return "1 new item of a kind"
	}
	return fmt.Sprintf("%d new items of a kind", g.New)
}

// times is how often an operation was done, as far as is known.
func (r *Race) times(g *Growth) int {
	if g == nil {
		return 0
	}
	counted := int((g.New + r.Counting.Each - 1) / r.Counting.Each)
	sure := max(g.Proven, int((int64(g.Keyed)+r.Counting.Each-1)/r.Counting.Each))
	if g.Beyond(r.Counting.Each) && (g.Noise != "" || counted < sure) {
		return sure
	}
	return counted
}

// Times says a number of times: once, twice, 3 times.
func Times(n int) string {
	switch n {
	case 1:
		return "once"
	case 2:
		return "twice"
	}
	return fmt.Sprintf("%d times", n)
}

// next says what to do next.
func (r *Race) next() []string {
	const begin = "idemcheck init --probe --curl '…' --ledger '…' with these lines begins a " +
		"contract: `run` then tries lost answers, late repeats and crashes too"
	switch {
	case r.Sent.KeyAt == "":
		return []string{"repeat it with --key Idempotency-Key: all copies then carry one fresh key"}
	case r.Counting == nil:
		return []string{"repeat it with --count 'curl …', a line that lists what was done, " +
			"or with --sql 'SELECT …' --dsn '${DATABASE_URL}'"}
	case r.Verdict == verdict.Invalid:
		return []string{"let the service claim the key before it works (a unique index, one " +
			"transaction), and repeat this line: --repeat 10 tries ten fresh keys", begin}
	case r.Verdict == verdict.Valid && len(r.Rounds) == 1:
		return []string{"a race has to be lost but once: --repeat 10 tries ten fresh keys", begin}
	}
	return []string{begin}
}

// Reached reports whether a copy reached the service; where none did, there is nothing to judge.
func (r *Race) Reached() bool {
	for _, round := range r.Rounds {
		if round.Overlap.Arrived > 0 {
			return true
		}
	}
	return false
}

// Refusals says why copies did not reach the service, each reason once.
func (r *Race) Refusals() string {
	var out []string
	for _, round := range r.Rounds {
		for _, g := range round.Answers {
			if text := g.Err; text != "" && !strings.Contains(strings.Join(out, ", "), text) {
				out = append(out, text)
			}
		}
	}
	return strings.Join(out, ", ")
}
