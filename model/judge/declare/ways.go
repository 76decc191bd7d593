package declare

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/idemcheck/idemcheck/internal/lists"
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
		now, t := *l.at(&p.contract.Promises), p.contract.Operations[p.typ()]
		// An answer to the operation itself says nothing about its key.
		fresh := without(p.statuses(from, to), slices.Concat(now, t.OK, t.Refused))
		return lists.Map(fresh, func(status int) edit { return l.is(with(now, status)) })
	}
}

// without is a way that takes a status out that was seen.
func (l list) without() way {
	return func(p *place) []edit {
		now := *l.at(&p.contract.Promises)
		seen := lists.Where(p.statuses(100, 599), func(s int) bool { return slices.Contains(now, s) })
		return lists.Map(seen, func(status int) edit { return l.is(without(now, []int{status})) })
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

// with is a list of statuses and one more.
func with(all []int, status int) []int { return append(slices.Clone(all), status) }

// without is a list of statuses and what of it is in another one taken out.
func without(all, gone []int) []int {
	return lists.Where(all, func(status int) bool { return !slices.Contains(gone, status) })
}

func numbers(list []int) string {
	return "[" + strings.Join(lists.Map(list, strconv.Itoa), ", ") + "]"
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
	if !known {
		return nil
	}
	fresh := without(p.statuses(400, 499), slices.Concat(t.Refused, t.OK))
	return lists.Map(fresh, func(status int) edit { return p.refusedAre(with(t.Refused, status)) })
}

// refusedAre is the line that says with which statuses the operation is refused.
func (at *place) refusedAre(statuses []int) edit {
	return ofType(at, "refused", numbers(statuses), func(t *model.OperationType) {
		t.Refused = statuses
	})
}

func refusesLess(p *place) []edit {
	now := p.contract.Operations[p.typ()].Refused
	seen := lists.Where(p.statuses(400, 599), func(s int) bool { return slices.Contains(now, s) })
	return lists.Map(seen, func(status int) edit { return p.refusedAre(without(now, []int{status})) })
}

// succeeds adds a success that was seen to those of the operation.
func succeeds(p *place) []edit {
	t, known := p.contract.Operations[p.typ()]
	if !known {
		return nil
	}
	fresh := without(p.statuses(200, 299), t.OK)
	return lists.Map(fresh, func(status int) edit { return p.okAre(with(t.OK, status)) })
}

// okAre is the line that says with which statuses the operation succeeds.
func (at *place) okAre(statuses []int) edit {
	return ofType(at, "ok", numbers(statuses), func(t *model.OperationType) { t.OK = statuses })
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
	return ignoresMore(p, "promises.replay_ignore", p.fields(), func(c *model.Contract) *[]string {
		return &c.Promises.ReplayIgnore
	})
}

func ignoresHeaders(p *place) []edit {
	return ignoresMore(p, "promises.replay_ignore_headers", p.headers(),
		func(c *model.Contract) *[]string { return &c.Promises.ReplayIgnoreHeaders })
}

// ignoresMore adds to the names of what a replay may show otherwise.
func ignoresMore(p *place, name string, more []string, at func(*model.Contract) *[]string) []edit {
	if len(more) == 0 {
		return nil
	}
	all := append(slices.Clone(*at(p.contract)), more...)
	return []edit{{name + ": " + quoted(all), func(c *model.Contract) { *at(c) = all }}}
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
	others := lists.Where([][]string{{"tenant"}, {"route"}, {"tenant", "route"}, {}},
		func(scope []string) bool { return !slices.Equal(scope, p.contract.Key.Scope) })
	return lists.Map(others, func(scope []string) edit {
		return edit{"key.scope: " + quoted(scope), func(c *model.Contract) { c.Key.Scope = scope }}
	})
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
	long := value.Duration(roundedUp(p.span()))
	if long <= *at(p.contract) {
		return nil
	}
	return []edit{{name + ": " + short(long.Std()), func(c *model.Contract) { *at(c) = long }}}
}

// roundedUp is a little more than a time, in a unit in which people say it.
func roundedUp(long time.Duration) time.Duration {
	for _, unit := range []time.Duration{time.Second, time.Minute, time.Hour} {
		if long >= 10*unit || unit == time.Second {
			long = long.Truncate(unit) + unit
		}
	}
	return long
}

// forgets says that a key is remembered for a shorter time: for as long as nothing happened again.
func forgets(p *place) []edit {
	declared := p.contract.Promises.Retention.Std()
	parts := []time.Duration{2, 3, 4, 8, 24, 24 * 60, 24 * 60 * 60}
	all := lists.Map(parts, func(p time.Duration) value.Duration { return share(declared, p) })
	some := lists.Where(all, func(retention value.Duration) bool { return retention > 0 })
	return lists.Map(some, func(retention value.Duration) edit {
		return edit{"promises.retention: " + short(retention.Std()), func(c *model.Contract) {
			c.Promises.Retention = retention
		}}
	})
}

// share is a part of a time, in whole hours where it is longer than one.
func share(whole, part time.Duration) value.Duration {
	out := whole / part
	if out >= time.Hour {
		out = out.Truncate(time.Hour)
	}
	return value.Duration(out)
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
