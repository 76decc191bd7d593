package guess

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/idemcheck/idemcheck/harness/contract/draft"
	"github.com/idemcheck/idemcheck/harness/contract/meaning"
)

// maker is a request that makes something fresh, and how what it made is named in other requests.
type maker struct {
	name string
	// value is the id in the example.
	value string
}

// makers are all of them.
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
	name := meaning.Singular(meaning.Collection(r.url.Path))
	field, value, certain := idOf(g, r, name)
	create, needs := message(g, r)
	entry := draft.Entry{Name: name}
	entry.Fields = entry.Fields.With("needs", needs).With("create", create)
	if r.Facts != nil {
		for _, unknown := range r.Facts.Unknown {
			entry.Notes = append(entry.Notes, draft.Todo+unknown)
		}
	}
	id := draft.Field{Name: "id", Value: field}
	if !certain {
		id.Note = draft.Todo + "the field of the answer by which requests name it"
	}
	entry.Fields = append(entry.Fields, id)
	name = draft.Add(&g.d.Resources, entry)
	g.makers = append(g.makers, maker{name: name, value: value})
	if value == "" {
		g.left("no request names what %s makes: put {%s} where it belongs", r.url.Path,
			meaning.Variable(name))
	}
}

// idOf finds the field by which a fresh thing is named, and its value in the examples: one that
// other requests send again, or one whose name says so.
func idOf(g *guesser, r *request, name string) (field, value string, certain bool) {
	others := mentioned(g.operations)
	for _, in := range []any{r.answer, r.body} {
		for _, l := range leaves(in) {
			if text := l.text(); len(text) > 1 && others[text] && isName(l) {
				return l.path, text, true
			}
		}
	}
	for _, o := range g.operations {
		for _, l := range leaves(o.body) {
			words := strings.Join(meaning.Words(l.name), "-")
			if l.text() != "" && (words == name || words == name+"-id") {
				return "id", l.text(), false
			}
		}
		if segment := behind(o.url.Path, r.url.Path); segment != "" {
			return "id", segment, false
		}
	}
	return "id", "", false
}

// isName reports whether a value may be an id: a text, or a whole number with such a name.
func isName(l leaf) bool {
	if _, text := l.value.(string); text {
		return !meaning.IsQuantity(l.name)
	}
	words := meaning.Words(l.name)
	_, number := whole(l.value)
	return number && len(words) > 0 && words[len(words)-1] == "id"
}

// mentioned are the texts by which operations may name something.
func mentioned(operations []*request) map[string]bool {
	out := map[string]bool{}
	for _, o := range operations {
		for segment := range strings.SplitSeq(o.url.Path, "/") {
			if !slices.Contains(meaning.Nouns(segment), segment) {
				out[segment] = true
			}
		}
		for _, values := range o.url.Query() {
			for _, v := range values {
				out[v] = true
			}
		}
		for _, l := range leaves(o.body) {
			out[l.text()] = true
		}
	}
	return out
}

// behind is the part of a path that stands behind a collection, such as 17 in /orders/17/items.
func behind(path, collection string) string {
	rest, found := strings.CutPrefix(path, strings.TrimSuffix(collection, "/")+"/")
	if !found {
		return ""
	}
	segment, _, _ := strings.Cut(rest, "/")
	return segment
}

// message writes the request that makes something fresh, and says of what else.
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
	out = out.With("path", g.makers.template(r.url, need))
	switch r.kind {
	case jsonBody:
		u := unique{r: r, ms: g.makers, need: need}
		u.choose()
		if body := u.replaced(leaf{value: r.body}); body != nil {
			out = append(out, draft.Field{Name: "body", Value: body})
		}
	case formBody, otherBody:
		out = append(out, draft.Field{
			Name: "body", Value: draft.Literal(r.Body),
			Note: draft.Todo + "resources are made with JSON; a form needs its Content-Type under " +
				"target.headers",
		})
	}
	if r.OK() {
		out = out.With("ok", []int{r.Reply.Status})
	}
	return out, needs
}

// unique writes a body in which the text that best names the fresh thing, at path, is one that
// nobody used before, and ids of other things are theirs.
type unique struct {
	r    *request
	ms   makers
	need func(resource string) string
	path string
}

func (u *unique) choose() {
	best := 0
	for _, l := range leaves(u.r.body) {
		if rank := uniqueRank(l); rank > best && u.ms.of(l.text()) == nil {
			best, u.path = rank, l.path
		}
	}
}

func uniqueRank(l leaf) int {
	if _, text := l.value.(string); !text {
		return 0
	}
	words := meaning.Words(l.name)
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

func (u *unique) replaced(at leaf) any {
	join := func(name string) string { return strings.TrimPrefix(at.path+"."+name, ".") }
	switch x := at.value.(type) {
	case draft.Object:
		out := draft.Object{}
		for _, f := range x {
			path := join(f.Name)
			out = append(out, draft.Field{
				Name: f.Name, Value: u.replaced(leaf{path: path, name: f.Name, value: f.Value}),
				Note: todo(u.r.Fact(path).Unknown),
			})
		}
		return out
	case draft.List:
		out := draft.List{}
		for i, item := range x {
			out = append(out, u.replaced(leaf{path: join(strconv.Itoa(i)), name: at.name, value: item}))
		}
		return out
	case string:
		return u.text(at, x)
	}
	return at.value
}

func (u *unique) text(at leaf, text string) string {
	switch m := u.ms.of(text); {
	case m != nil:
		return u.need(m.name)
	case meaning.KeyRank(at.name) >= 60:
		return "{key}"
	case at.path != u.path || u.path == "":
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
		if m := ms.of(decodedPath(segment)); m != nil && use != nil {
			segment = use(m.name)
		}
		path = append(path, segment)
	}
	out := escaped(strings.Join(path, "/"))
	var query []string
	for _, f := range formFields(u.RawQuery) {
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

func decodedPath(segment string) string {
	if out, err := url.PathUnescape(segment); err == nil {
		return out
	}
	return segment
}

// escaped writes what a contract's paths cannot hold as it is.
func escaped(path string) string {
	if !strings.HasPrefix(path, "/") {
		path = "/" + path
	}
	return strings.NewReplacer("|", "%7C", "\\", "%5C", "^", "%5E", "`", "%60", `"`, "%22", "<", "%3C",
		">", "%3E", "#", "%23").Replace(path)
}
