package pgwire

import (
	"sync"

	"github.com/idemcheck/idemcheck/chaos/store"
)

// talk is what a service and its PostgreSQL have said so far on one connection. What a service asks
// for ends in groups: a query is one, and so is what is asked for until a Sync.
type talk struct {
	mu sync.Mutex
	// statements and portals are what prepared statements and portals do, by name.
	statements, portals map[string][]verb
	// open tells that a transaction is open, wrote that it has written, lone that something was
	// written outside of one, which lasts when the group ends: all as of what was asked for.
	open, wrote, lone bool
	// groups are those that are not answered yet, the oldest first; the last may not have ended.
	groups []group
}

// group is what is asked for before a service waits.
type group struct {
	// ended tells that no more comes, lasts that a write outside a transaction lasts at its end, and
	// failed that an error was answered.
	ended, lasts, failed bool
	// commits is how many of its COMMITs follow a write.
	commits int
}

func newTalk() *talk {
	return &talk{statements: map[string][]verb{}, portals: map[string][]verb{}}
}

// asks notes that statements are asked for. It returns what that is.
func (t *talk) asks(verbs []verb) []store.Act {
	var out []store.Act
	g := t.current()
	for _, v := range verbs {
		switch v {
		case begins:
			t.open, t.wrote = true, false
			out = append(out, store.Begin)
		case writes:
			if !t.wrote && !t.lone {
				out = append(out, store.FirstWrite)
			}
			t.wrote, t.lone = t.open, t.lone || !t.open
		case commits:
			if t.open && t.wrote {
				g.commits++
				out = append(out, store.CommitSent)
			}
			t.open, t.wrote = false, false
		case rollsBack:
			t.open, t.wrote = false, false
		}
	}
	return out
}

// ends notes that a group ends. It returns what that is.
func (t *talk) ends() []store.Act {
	g := t.current()
	g.ended, g.lasts = true, t.lone
	t.lone = false
	if g.lasts {
		return []store.Act{store.CommitSent}
	}
	return nil
}

// current is the group to which belongs what is asked for next.
func (t *talk) current() *group {
	if n := len(t.groups); n == 0 || t.groups[n-1].ended {
		t.groups = append(t.groups, group{})
	}
	return &t.groups[len(t.groups)-1]
}

// holds reports whether what is answered now may be the answer to what makes a write last, so that
// it waits until that is known.
func (t *talk) holds() bool { return len(t.groups) > 0 && t.groups[0].ended && t.groups[0].lasts }

// answers notes that a statement was done.
func (t *talk) answers(tag string) []store.Act {
	if len(t.groups) == 0 || tag != "COMMIT" || t.groups[0].commits == 0 {
		return nil
	}
	t.groups[0].commits--
	return []store.Act{store.CommitAnswered}
}

// fails notes that an error is answered: what follows in its group is not done.
func (t *talk) fails() {
	if len(t.groups) > 0 {
		t.groups[0].failed, t.groups[0].commits = true, 0
	}
}

// ready notes that a group is answered, and whether a transaction is open then.
func (t *talk) ready(open bool) []store.Act {
	if len(t.groups) == 0 {
		return nil // the first one, after the service was let in
	}
	g := t.groups[0]
	t.groups = t.groups[1:]
	if len(t.groups) == 0 && t.open != open {
		t.open, t.wrote = open, false
	}
	if g.lasts && !g.failed {
		return []store.Act{store.CommitAnswered}
	}
	return nil
}
