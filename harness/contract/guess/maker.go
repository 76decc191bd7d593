package guess

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/idemcheck/idemcheck/harness/contract/draft"
	"github.com/idemcheck/idemcheck/harness/contract/guess/internal/apart"
	"github.com/idemcheck/idemcheck/harness/contract/guess/internal/entrance"
	"github.com/idemcheck/idemcheck/harness/contract/meaning"
)

// maker is a request that makes something fresh, and how what it made is named in other requests.
type maker struct {
	name string
	// value is the id in the example.
	value string
}

// makers are all that a draft has.
type makers []maker

// has reports whether a variable names what one of them makes.
func (ms makers) has(variable string) bool {
	return slices.ContainsFunc(ms, func(m maker) bool {
		return meaning.Variable(m.name) == variable
	})
}

// of finds what an id names; nil when nothing makes it.
func (ms makers) of(id string) *maker {
	for i := range ms {
		if id != "" && ms[i].value == id {
			return &ms[i]
		}
	}
	return nil
}

// maker adds a resource that a request makes.
func addMaker(g *guesser, r *request) {
	name := meaning.Singular(meaning.Collection(r.Address.Path))
	spot, value, certain := idOf(g, r, name)
	create, needs := message(g, r)
	entry := draft.Entry{Name: name}
	entry.Fields = entry.Fields.With("needs", needs).With("create", create)
	if r.Facts != nil {
		for _, unknown := range r.Facts.Unknown {
			entry.Notes = append(entry.Notes, draft.Todo+unknown)
		}
	}
	id := draft.Field{Name: "id", Value: spot}
	if !certain {
		id.Note = draft.Todo + "the field of the answer by which requests name it"
	}
	entry.Fields = append(entry.Fields, id)
	name = draft.Add(&g.d.Resources, entry)
	g.makers = append(g.makers, maker{name: name, value: value})
	if value == "" {
		g.left("no request names what %s makes: put {%s} where it belongs", r.Address.Path,
			meaning.Variable(name))
	}
}

// idOf finds the field or header by which a fresh thing is named, and its value in the examples:
// one that other requests send again, or one whose name says so.
func idOf(g *guesser, r *request, name string) (spot any, value string, certain bool) {
	others := mentioned(g.operations)
	switch field, id := idOfMade(r, name); {
	case field != "" && others[id]:
		return field, id, true
	case r.Got == nil && id != "":
		return draft.Object{{Name: "header", Value: "Location"}}, id, others[id]
	}
	for _, in := range []any{r.Got, r.Sent} {
		for _, l := range draft.Leaves(in) {
			if text := l.Text(); len(text) > 1 && others[text] && isName(l) {
				return l.Path, text, true
			}
		}
	}
	for _, o := range g.operations {
		for _, l := range draft.Leaves(o.Sent) {
			words := strings.Join(meaning.Words(l.Name), "-")
			if l.Text() != "" && (words == name || words == name+"-id") {
				return "id", l.Text(), false
			}
		}
		if segment := behind(o.Address.Path, r.Address.Path); segment != "" {
			return "id", segment, false
		}
	}
	return "id", "", false
}

// isName reports whether a value may be an id: a text, or a whole number with such a name.
func isName(l draft.Leaf) bool {
	if _, text := l.Value.(string); text {
		return !meaning.IsQuantity(l.Name)
	}
	words := meaning.Words(l.Name)
	_, number := apart.Whole(l.Value)
	return number && len(words) > 0 && words[len(words)-1] == "id"
}

// mentioned are the texts by which operations may name something.
func mentioned(operations []*request) map[string]bool {
	out := map[string]bool{}
	for _, o := range operations {
		for segment := range strings.SplitSeq(o.Address.Path, "/") {
			if !slices.Contains(meaning.Nouns(segment), segment) {
				out[segment] = true
			}
		}
		for _, values := range o.Address.Query() {
			for _, v := range values {
				out[v] = true
			}
		}
		for _, l := range draft.Leaves(o.Sent) {
			out[l.Text()] = true
		}
	}
	return out
}

// behind is the part of a path that follows a collection, such as 17 in /orders/17/items.
func behind(path, collection string) string {
	rest, found := strings.CutPrefix(path, strings.TrimSuffix(collection, "/")+"/")
	if !found {
		return ""
	}
	segment, _, _ := strings.Cut(rest, "/")
	return segment
}

// message writes the request that creates something fresh, and lists what must be created before
// it.
func message(g *guesser, r *request) (out, needs draft.Object) {
	need := func(resource string) string {
		if name := meaning.Variable(resource); needs.Get(name) == nil {
			needs = needs.With(name, resource)
		}
		return "{" + meaning.Variable(resource) + "}"
	}
	if r.Method != http.MethodPost {
		out = out.With("method", r.Method)
	}
	out = out.With("path", g.makers.template(r.Address, need))
	switch r.Kind {
	case apart.JSON, apart.Form:
		u := unique{r: r, ms: g.makers, need: need, entrance: g.entrance}
		u.choose()
		if body := u.replaced(draft.Leaf{Value: r.Sent}); body != nil {
			out = append(out, draft.Field{Name: r.Kind.Line(), Value: body})
		}
		out = out.With("headers", r.Media())
	case apart.Other:
		out = append(out, draft.Field{
			Name: "text", Value: draft.Literal(r.Body), Note: draft.Todo + "is each of these a fresh thing?",
		})
	case apart.None:
	}
	if r.OK() {
		out = out.With("ok", []int{r.Reply.Status})
	}
	return out, needs
}

// unique writes the body of a request that creates something fresh. The text at path, which names
// the thing best, becomes one that nobody has used before; ids become those of things created
// before.
type unique struct {
	r    *request
	ms   makers
	need func(resource string) string
	path string
	// entrance is how callers are let in, nil when nobody logs in.
	entrance *entrance.Entrance
}

func (u *unique) choose() {
	best := 0
	for _, l := range draft.Leaves(u.r.Sent) {
		if rank := uniqueRank(l); rank > best && u.ms.of(l.Text()) == nil {
			best, u.path = rank, l.Path
		}
	}
}

func uniqueRank(l draft.Leaf) int {
	if _, text := l.Value.(string); !text {
		return 0
	}
	words := meaning.Words(l.Name)
	for i, w := range []string{
		"title", "name", "login", "user", "username", "slug", "code", "number", "reference",
		"email", "sku", "id",
	} {
		if len(words) > 0 && words[len(words)-1] == w {
			return i + 1
		}
	}
	return 0
}

func (u *unique) replaced(at draft.Leaf) any {
	join := func(name string) string { return strings.TrimPrefix(at.Path+"."+name, ".") }
	switch x := at.Value.(type) {
	case draft.Object:
		out := draft.Object{}
		for _, f := range x {
			path := join(f.Name)
			out = append(out, draft.Field{
				Name: f.Name, Value: u.replaced(draft.Leaf{Path: path, Name: f.Name, Value: f.Value}),
				Note: todo(u.r.Fact(path).Unknown),
			})
		}
		return out
	case draft.List:
		out := draft.List{}
		for i, item := range x {
			below := draft.Leaf{Path: join(strconv.Itoa(i)), Name: at.Name, Value: item}
			out = append(out, u.replaced(below))
		}
		return out
	case string:
		return u.text(at, x)
	}
	return at.Value
}

func (u *unique) text(at draft.Leaf, text string) string {
	switch m := u.ms.of(text); {
	case m != nil:
		return u.need(m.name)
	case meaning.KeyRank(at.Name) >= 60:
		return "{key}"
	case u.entrance.Names(at):
		return "{session.csrf}"
	case at.Path != u.path || u.path == "":
		return draft.Literal(text)
	case strings.Contains(text, "@"):
		return "{unique}@example.com"
	}
	return "{unique}"
}

// template writes the path and query of a URL; use names what stands for an id, nil for none.
func (ms makers) template(u *url.URL, use func(resource string) string) string {
	var path []string
	for segment := range strings.SplitSeq(u.EscapedPath(), "/") {
		if m := ms.of(apart.DecodedPath(segment)); m != nil && use != nil {
			segment = use(m.name)
		}
		path = append(path, segment)
	}
	out := apart.Escaped(strings.Join(path, "/"))
	var query []string
	for _, f := range apart.FormFields(u.RawQuery) {
		value := url.QueryEscape(draft.Text(f.Value))
		if m := ms.of(draft.Text(f.Value)); m != nil && use != nil {
			value = use(m.name)
		} else if meaning.IsSecret(f.Name) {
			value = "secret"
		}
		query = append(query, url.QueryEscape(f.Name)+"="+value)
	}
	if len(query) > 0 {
		out += "?" + strings.Join(query, "&")
	}
	return out
}
