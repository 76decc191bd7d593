package declare

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/value"
)

// edit is a line of a contract, by its whole name, and what it changes.
type edit struct {
	line  string
	write func(*model.Contract)
}

// way makes lines from what a violation shows.
type way func(*place) []edit

// word is a way that writes a word at a place of a contract.
func word(name, word string, at func(*model.Contract) *string) way {
	return func(p *place) []edit {
		if *at(p.contract) == word {
			return nil
		}
		return []edit{{name + ": " + word, func(c *model.Contract) { *at(c) = word }}}
	}
}

func replay(kind string) way {
	return word("promises.replay", kind, func(c *model.Contract) *string { return &c.Promises.Replay })
}

func failures(kind string) way {
	return word("promises.failures", kind,
		func(c *model.Contract) *string { return &c.Promises.Failures })
}

// executedAgain says that what failed is executed again. It is no excuse where no failure was seen.
func executedAgain(p *place) []edit {
	if len(p.statuses(500, 599)) == 0 {
		return nil
	}
	return failures("executed")(p)
}

func refusals(kind string) way {
	return word("promises.errors", kind, func(c *model.Contract) *string { return &c.Promises.Errors })
}

func mismatch(kind string) way {
	return word("promises.mismatch_answer", kind,
		func(c *model.Contract) *string { return &c.Promises.MismatchAnswer })
}

func after(kind string) way {
	return word("promises.after_retention", kind,
		func(c *model.Contract) *string { return &c.Promises.AfterRetention })
}

// list is a list of statuses in the promises of a contract.
type list struct {
	name string
	at   func(*model.Promises) *[]int
}

// with is a way that adds a status that was seen, of those from one up to another.
func (l list) with(from, to int) way {
	return func(p *place) []edit {
		var out []edit
		now, t := *l.at(&p.contract.Promises), p.contract.Operations[p.typ()]
		for _, status := range p.statuses(from, to) {
			if slices.Contains(slices.Concat(now, t.OK, t.Refused), status) {
				continue // an answer to the operation itself says nothing about its key
			}
			longer := append(slices.Clone(now), status)
			out = append(out, l.is(longer))
		}
		return out
	}
}

// without is a way that takes a status out that was seen.
func (l list) without() way {
	return func(p *place) []edit {
		var out []edit
		now := *l.at(&p.contract.Promises)
		for _, status := range p.statuses(100, 599) {
			if slices.Contains(now, status) {
				out = append(out, l.is(slices.DeleteFunc(slices.Clone(now), func(s int) bool {
					return s == status
				})))
			}
		}
		return out
	}
}

// none is a way that empties the list.
func (l list) none() way {
	return func(p *place) []edit {
		if len(*l.at(&p.contract.Promises)) == 0 {
			return nil
		}
		return []edit{l.is(nil)}
	}
}

func (l list) is(statuses []int) edit {
	return edit{
		"promises." + l.name + ": " + numbers(statuses),
		func(c *model.Contract) { *l.at(&c.Promises) = statuses },
	}
}

func numbers(list []int) string {
	out := make([]string, len(list))
	for i, n := range list {
		out[i] = fmt.Sprint(n)
	}
	return "[" + strings.Join(out, ", ") + "]"
}

// The lists that an answer may be declared by.
var (
	malformed = list{"malformed", func(p *model.Promises) *[]int { return &p.Malformed }}
	tooLong   = list{"too_long", func(p *model.Promises) *[]int { return &p.TooLong }}
	sameBody  = list{"same_body", func(p *model.Promises) *[]int { return &p.SameBody }}
	taken     = list{"mismatch", func(p *model.Promises) *[]int { return &p.Mismatch }}
	inFlight  = list{"in_flight", func(p *model.Promises) *[]int { return &p.InFlight }}
	done      = list{"done", func(p *model.Promises) *[]int { return &p.Done }}
	transient = list{"transient", func(p *model.Promises) *[]int { return &p.Transient }}
	expired   = list{"expired", func(p *model.Promises) *[]int { return &p.Expired }}
)

// ofType changes the type of the operation that a violation speaks of.
func ofType(p *place, name, value string, change func(*model.OperationType)) edit {
	typ := p.typ()
	return edit{
		"operations." + typ + "." + name + ": " + value, func(c *model.Contract) {
			t := c.Operations[typ]
			change(&t)
			c.Operations[typ] = t
		},
	}
}

// refuses adds a refusal that was seen to those of the operation, refusesLess takes one out.
func refuses(p *place) []edit {
	t, known := p.contract.Operations[p.typ()]
	var out []edit
	for _, status := range p.statuses(400, 499) {
		if !known || slices.Contains(t.Refused, status) || slices.Contains(t.OK, status) {
			continue
		}
		longer := append(slices.Clone(t.Refused), status)
		out = append(out, ofType(p, "refused", numbers(longer), func(t *model.OperationType) {
			t.Refused = longer
		}))
	}
	return out
}

func refusesLess(p *place) []edit {
	t := p.contract.Operations[p.typ()]
	var out []edit
	for _, status := range p.statuses(400, 599) {
		if !slices.Contains(t.Refused, status) {
			continue
		}
		shorter := slices.DeleteFunc(slices.Clone(t.Refused), func(s int) bool { return s == status })
		out = append(out, ofType(p, "refused", numbers(shorter), func(t *model.OperationType) {
			t.Refused = shorter
		}))
	}
	return out
}

// succeeds adds a success that was seen to those of the operation.
func succeeds(p *place) []edit {
	t, known := p.contract.Operations[p.typ()]
	var out []edit
	for _, status := range p.statuses(200, 299) {
		if !known || slices.Contains(t.OK, status) {
			continue
		}
		longer := append(slices.Clone(t.OK), status)
		out = append(out, ofType(p, "ok", numbers(longer), func(t *model.OperationType) {
			t.OK = longer
		}))
	}
	return out
}

// nameless says that answers name nothing.
func nameless(p *place) []edit {
	if p.contract.Operations[p.typ()].Answer.Identity == "" {
		return nil
	}
	return []edit{ofType(p, "answer.identity", `""`, func(t *model.OperationType) {
		t.Answer.Identity, t.Answer.Lookup = "", ""
	})}
}

// ignoresFields says that the fields in which answers differ may, ignoresHeaders says it of
// headers.
func ignoresFields(p *place) []edit {
	now := p.contract.Promises.ReplayIgnore
	all := append(slices.Clone(now), p.fields()...)
	if len(all) == len(now) {
		return nil
	}
	return []edit{{"promises.replay_ignore: " + quoted(all), func(c *model.Contract) {
		c.Promises.ReplayIgnore = all
	}}}
}

func ignoresHeaders(p *place) []edit {
	now := p.contract.Promises.ReplayIgnoreHeaders
	all := append(slices.Clone(now), p.headers()...)
	if len(all) == len(now) {
		return nil
	}
	return []edit{{"promises.replay_ignore_headers: " + quoted(all), func(c *model.Contract) {
		c.Promises.ReplayIgnoreHeaders = all
	}}}
}

// unmarked says that replays carry no replay marker.
func unmarked(p *place) []edit {
	if p.contract.Promises.ReplayMarker == nil {
		return nil
	}
	return []edit{{`promises.marker: {header: ""}`, func(c *model.Contract) {
		c.Promises.ReplayMarker = nil
	}}}
}

// optional says that a key may be left out.
func optional(p *place) []edit {
	if !p.contract.KeyRequired() {
		return nil
	}
	return []edit{{"key.required: false", func(c *model.Contract) { c.Key.Required = new(false) }}}
}

// emptyIsNone says that an empty key is none.
func emptyIsNone(p *place) []edit {
	if p.contract.Key.Empty == model.EmptyIsNone {
		return nil
	}
	return []edit{{"key.empty: none", func(c *model.Contract) { c.Key.Empty = model.EmptyIsNone }}}
}

// scopes says otherwise what a key is private to.
func scopes(p *place) []edit {
	var out []edit
	for _, scope := range [][]string{{"tenant"}, {"route"}, {"tenant", "route"}, {}} {
		if slices.Equal(scope, p.contract.Key.Scope) {
			continue
		}
		out = append(out, edit{"key.scope: " + quoted(scope), func(c *model.Contract) {
			c.Key.Scope = scope
		}})
	}
	return out
}

// recovers says that a key may be stuck for longer than it was seen to be.
func recovers(p *place) []edit {
	return lasts(p, "promises.recovery", func(c *model.Contract) *value.Duration {
		return &c.Promises.Recovery
	})
}

// keeps says that a key is remembered for longer than was waited.
func keeps(p *place) []edit {
	if p.contract.Promises.Retention == 0 {
		return nil
	}
	return lasts(p, "promises.retention", func(c *model.Contract) *value.Duration {
		return &c.Promises.Retention
	})
}

// lasts sets a time to more than an operation took.
func lasts(p *place, name string, at func(*model.Contract) *value.Duration) []edit {
	long := p.span()
	for _, unit := range []time.Duration{time.Second, time.Minute, time.Hour} {
		if long >= 10*unit || unit == time.Second {
			long = long.Truncate(unit) + unit
		}
	}
	if value.Duration(long) <= *at(p.contract) {
		return nil
	}
	return []edit{{name + ": " + short(long), func(c *model.Contract) {
		*at(c) = value.Duration(long)
	}}}
}

// forgets says that a key is remembered for a shorter time: for as long as nothing happened again.
func forgets(p *place) []edit {
	declared := p.contract.Promises.Retention.Std()
	var out []edit
	for _, part := range []time.Duration{2, 3, 4, 8, 24, 24 * 60, 24 * 60 * 60} {
		retention := declared / part
		if retention >= time.Hour {
			retention = retention.Truncate(time.Hour)
		}
		if retention > 0 {
			out = append(out, edit{"promises.retention: " + short(retention), func(c *model.Contract) {
				c.Promises.Retention = value.Duration(retention)
			}})
		}
	}
	return out
}

// short writes a duration without its zero parts, such as "36h".
func short(d time.Duration) string {
	out := d.String()
	for _, zero := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(out, zero) {
			out = strings.TrimSuffix(out, zero[1:])
		}
	}
	return out
}
