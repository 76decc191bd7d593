package guess

import (
	"net/url"
	"slices"
	"strings"

	"github.com/idemcheck/idemcheck/harness/contract/draft"
	"github.com/idemcheck/idemcheck/harness/contract/guess/internal/apart"
	"github.com/idemcheck/idemcheck/harness/contract/meaning"
	"github.com/idemcheck/idemcheck/harness/contract/shown"
)

// Freshen gives what a request makes a name that nobody used before, wherever it has one, and has
// the requests of its users work on that.
func Freshen(create *shown.Call, name string, users []*shown.Call) {
	r, err := apart.Take(create)
	if err != nil {
		return
	}
	u := unique{r: r}
	u.choose()
	if u.path == "" {
		return
	}
	old := ""
	r.Rewrite(func(l draft.Leaf) any {
		if l.Path != u.path {
			return l.Value
		}
		if old = l.Text(); strings.Contains(old, "@") {
			name += "@example.com"
		}
		return name
	})
	rename(users, old, name, func(l draft.Leaf) bool { return l.Value == any(old) })
}

// Rename has the users of what a request made name it as the answer does, where they name another
// one of its kind: one that existed when their lines were copied.
func Rename(create *shown.Call, users []*shown.Call) {
	r, err := apart.Take(create)
	if err != nil || !r.OK() {
		return
	}
	name := meaning.Singular(meaning.Collection(r.Address.Path))
	_, now := idOfMade(r, name)
	if now == "" || slices.ContainsFunc(apart.All(users), func(u *request) bool {
		return mentioned([]*request{u})[now]
	}) {
		return
	}
	names := func(l draft.Leaf) bool {
		words := strings.Join(meaning.Words(l.Name), "-")
		return words == name || words == name+"-id"
	}
	for _, u := range apart.All(users) {
		old := behind(u.Address.Path, r.Address.Path)
		for _, l := range append(draft.Leaves(u.Sent), queryLeaves(u)...) {
			if old == "" && names(l) {
				old = l.Text()
			}
		}
		if old != "" {
			rename([]*shown.Call{u.Call}, old, now, names)
		}
	}
}

// idOfMade is how an answer names what was made: by a field that says so, or by where it leads, and
// then the field is "".
func idOfMade(r *request, name string) (field, id string) {
	for _, path := range []string{"id", "data.id", name + "_id", name + "Id", name + ".id", "uuid"} {
		for _, l := range draft.Leaves(r.Got) {
			if l.Path == path && l.Text() != "" {
				return path, l.Text()
			}
		}
	}
	return "", apart.LastPart(r.Reply.Location())
}

// queryLeaves are the values of a query.
func queryLeaves(r *request) []draft.Leaf {
	return draft.Leaves(apart.FormFields(r.Address.RawQuery))
}

// rename replaces a name by another one: as a part of paths, and in fields that say what it is of.
func rename(in []*shown.Call, old, now string, names func(draft.Leaf) bool) {
	for _, r := range apart.All(in) {
		value := func(l draft.Leaf) any {
			if l.Text() != old || !names(l) {
				return l.Value
			}
			return now
		}
		parts := strings.Split(r.Address.EscapedPath(), "/")
		for i, part := range parts {
			if apart.DecodedPath(part) == old {
				parts[i] = url.PathEscape(now)
			}
		}
		out := r.Address.Scheme + "://" + r.Address.Host + strings.Join(parts, "/")
		if r.Address.RawQuery != "" {
			fields, _ := draft.Leaf{Value: apart.FormFields(r.Address.RawQuery)}.Mapped(value).(draft.Object)
			out += "?" + apart.Encoded(fields)
		}
		r.URL = out
		r.Rewrite(value)
	}
}
