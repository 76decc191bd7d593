package pace

import (
	"fmt"

	"github.com/idemcheck/idemcheck/internal/lists"
	"github.com/idemcheck/idemcheck/model/expect"
	"github.com/idemcheck/idemcheck/model/value"
)

// results say what was measured of every threshold.
func (m *Meter) results() []expect.Expectation {
	if m == nil {
		return nil
	}
	out := lists.Map(m.lines, m.result)
	if m.keys != nil {
		out = append(out, m.keys.result(m))
	}
	return out
}

// result says what was measured of a threshold of answers. What a run showed may be that it is met;
// that it is missed must show again alone, where others or a busy machine may be why.
func (m *Meter) result(l *line) expect.Expectation {
	first, alone := l.first.against(l.wanted), l.alone.against(l.wanted)
	both := l.first.with(&l.alone).against(l.wanted)
	out := expect.Expectation{Of: "expect.p99." + l.name, Wanted: value.Duration(l.wanted)}
	take := func(f figure) {
		out.Measured, out.Samples, out.Slower = rounded(f.p99), f.count, f.slower
	}
	switch {
	case first.standing(m.exact) == met:
		take(first)
		out.Met = true
	case m.exact:
		take(first)
		out.Unknown = m.unknown(out.Of, l, first)
	case alone.standing(false) == missed, alone.standing(false) == met:
		take(alone)
		out.Alone, out.Met = true, alone.standing(false) == met
	case both.standing(false) == met:
		take(both)
		out.Met = true
	case first.slower == 0 && first.blind == 0 && alone.slower == 0 && alone.blind == 0:
		take(both)
		out.Unknown = m.unknown(out.Of, l, both)
	default:
		take(alone)
		out.Alone = true
		out.Unknown = m.unknown(out.Of, l, alone)
	}
	return out
}

// unknown says why nobody can tell whether a threshold is met, and what to change; "" where it is
// missed.
func (m *Meter) unknown(of string, l *line, f figure) string {
	switch f.standing(m.exact) {
	case few:
		return fmt.Sprintf("%s: %d answers were measured, and %d are needed%s",
			of, f.count, enough, m.advice(m.more(len(l.cases.list))))
	case near:
		return fmt.Sprintf("%s: %d of %d answers took longer than %s, which may be chance%s", of,
			f.slower, f.count, l.wanted, m.advice("run more cases, or write a threshold that is not "+
				"so near to "+rounded(f.p99).String()))
	case blind:
		return fmt.Sprintf("%s: of %d answers, %d took longer than %s, and of %d that is unclear: a "+
			"client gave up first, a fault held the answer, or the machine was busy%s", of, f.count,
			f.slower, l.wanted, f.blind,
			m.advice("set a longer target.timeout, or run on a calmer machine"))
	}
	return ""
}

// advice is what to change, with what hindered the cases that were run again.
func (m *Meter) advice(text string) string {
	if m.why != "" {
		return ": " + text + " (" + m.why + ")"
	}
	return ": " + text
}

// more says how there will be more answers, where so many cases gave some.
func (m *Meter) more(cases int) string {
	switch {
	case cases == 0:
		return "no case showed any, so choose scenarios in which they are made, and more cases"
	case m.exact:
		return "run more cases (Suite.Cases)"
	}
	return "run more cases (--cases), or give them longer (--budget)"
}
