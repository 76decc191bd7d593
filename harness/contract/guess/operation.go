package guess

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/idemcheck/idemcheck/harness/contract/draft"
	"github.com/idemcheck/idemcheck/harness/contract/guess/internal/apart"
	"github.com/idemcheck/idemcheck/harness/contract/guess/internal/later"
	"github.com/idemcheck/idemcheck/harness/contract/meaning"
)

// filling makes the templates of one operation.
type filling struct {
	g *guesser
	r *request
	// correlation is the path of the text in the body that becomes the correlation ID, "" when
	// there is none; keyed says that a field holds the key.
	correlation string
	args        draft.Object
	uses        map[string]bool // resources
	notes       []string
}

// operation writes an operation, and the ledgers that show it.
func addOperation(g *guesser, r *request, first bool) {
	f := &filling{g: g, r: r, uses: map[string]bool{}}
	f.correlation = chooseCorrelation(g, r)
	path := f.path(r.Address)
	body, headers := f.body()
	entry := draft.Entry{Name: meaning.Operation(r.Method, r.Address.Path)}
	if r.Facts != nil {
		entry.Name = cmp.Or(meaning.Label(r.Facts.Name), entry.Name)
		for _, unknown := range r.Facts.Unknown {
			f.notes = append(f.notes, draft.Todo+unknown)
		}
	}
	if r.Method != http.MethodPost {
		entry.Fields = entry.Fields.With("method", r.Method)
	}
	entry.Fields = append(entry.Fields, path)
	entry.Fields = entry.Fields.With("headers", headers).With("args", f.arguments())
	if body.Value != nil {
		entry.Fields = append(entry.Fields, body)
	}
	entry.Fields = append(entry.Fields, statuses(g.d, r)...)
	if done := later.Async(r, identity(r)); done != nil {
		entry.Fields = entry.Fields.With("async", done)
		g.showsState()
	}
	entry.Fields = entry.Fields.With("answer", f.answer())
	if first {
		addLedgers(g, f)
	}
	entry.Fields = entry.Fields.With("effects", effects(f))
	entry.Notes = f.notes
	draft.Add(&g.d.Operations, entry)
}

// path writes the path of an operation: ids of what is made fresh become names.
func (f *filling) path(u *url.URL) draft.Field {
	out := draft.Field{Name: "path", Value: f.g.makers.template(u, f.use)}
	for segment := range strings.SplitSeq(u.Path, "/") {
		if meaning.IsIdentifier(segment) && f.g.makers.of(segment) == nil {
			out.Note = "each case works on this one; --create shows how a fresh one is made"
		}
	}
	for name := range u.Query() {
		if meaning.IsSecret(name) {
			out.Note = draft.Todo + "the secret in the query was left out: a contract cannot hold one there"
		}
	}
	return out
}

// use notes that a resource is worked on, and names it as templates do.
func (f *filling) use(resource string) string {
	f.uses[resource] = true
	return "{" + meaning.Variable(resource) + "}"
}

// useAnother does so for one more resource of the type, under the name of a field.
func (f *filling) useAnother(resource, field string) string {
	name := f.free(meaning.Variable(field))
	f.args = append(f.args, draft.Field{
		Name: name, Value: draft.Object{{Name: "resource", Value: resource}},
	})
	return "{" + name + "}"
}

// arguments are the resources and then the numbers that are drawn.
func (f *filling) arguments() (out draft.Object) {
	for _, m := range f.g.makers {
		if f.uses[m.name] {
			out = out.With(meaning.Variable(m.name), draft.Object{{Name: "resource", Value: m.name}})
		}
	}
	return append(out, f.args...)
}

// body writes the body, and the headers that say how it is written.
func (f *filling) body() (body draft.Field, headers draft.Object) {
	out := draft.Field{Name: "body"}
	contentType := f.r.Header("Content-Type")
	switch {
	case f.r.Kind == apart.None:
		return out, nil
	case f.r.Kind == apart.JSON:
		out.Value = f.value(draft.Leaf{Value: f.r.Sent})
		if list, is := out.Value.(draft.Object); is && len(list) == 0 {
			out.Value = draft.Object{}
		}
		return out, f.r.Media()
	case f.r.Kind == apart.Form && !f.r.Repeats():
		out.Name, out.Value, contentType = "form", f.value(draft.Leaf{Value: f.r.Sent}), ""
	case f.r.Kind == apart.Form:
		out.Value = f.form()
	case len(f.r.Parts) > 0:
		out.Value, contentType = "", ""
		out.Note = draft.Todo + "the line sends a multipart form, which a contract cannot say yet"
	default:
		out.Value = draft.Literal(f.r.Body)
		out.Note = draft.Todo + "put {mark} where a text may stand that the ledger shows"
	}
	return out, draft.Object{}.With("Content-Type", contentType)
}

// value writes a value of the body as a template.
func (f *filling) value(at draft.Leaf) any {
	join := func(name string) string { return strings.TrimPrefix(at.Path+"."+name, ".") }
	switch x := at.Value.(type) {
	case draft.Object:
		out := draft.Object{}
		for _, field := range x {
			v, note := f.field(draft.Leaf{Path: join(field.Name), Name: field.Name, Value: field.Value})
			out = append(out, draft.Field{Name: field.Name, Value: v, Note: note})
		}
		return out
	case draft.List:
		out := draft.List{}
		for i, item := range x {
			v, _ := f.field(draft.Leaf{Path: join(strconv.Itoa(i)), Name: at.Name, Value: item})
			out = append(out, v)
		}
		return out
	}
	v, _ := f.field(at)
	return v
}

// field writes a value with a name, and says what has to be said about it.
func (f *filling) field(at draft.Leaf) (value any, note string) {
	switch at.Value.(type) {
	case draft.Object, draft.List:
		return f.value(at), ""
	}
	text, isText := at.Value.(string)
	maker := f.g.makers.of(at.Text())
	switch {
	case isText && (at.Path == f.correlation && at.Path != ""):
		return "{mark}", ""
	case f.g.entrance.Names(at):
		return "{session.csrf}", ""
	case f.r.IsKey(at) || isText && f.g.keyHeader == "" && meaning.KeyRank(at.Name) > 0:
		return "{key}", ""
	case maker != nil && f.r.Fact(at.Path).Another:
		return f.useAnother(maker.name, at.Name), todo(f.r.Fact(at.Path).Unknown)
	case maker != nil:
		return f.use(maker.name), todo(f.r.Fact(at.Path).Unknown)
	case isText && meaning.IsSecret(at.Name):
		return "secret", draft.Todo + "the secret was left out, and a contract cannot hold one in a body"
	case meaning.IsQuantity(at.Name) && isDecimal(at.Value):
		return "{" + f.drawDecimal(at) + "}", ""
	case isText && f.r.Kind == apart.Form && meaning.IsQuantity(at.Name) && digits.MatchString(text):
		n, _ := strconv.ParseInt(text, 10, 64)
		return "{" + f.draw(at, n) + "}", ""
	case isText:
		return draft.Literal(text), todo(f.r.Fact(at.Path).Unknown)
	}
	if n, is := apart.Whole(at.Value); is && meaning.IsQuantity(at.Name) && n != 0 {
		return "{" + f.draw(at, n) + "}", ""
	}
	return at.Value, todo(f.r.Fact(at.Path).Unknown)
}

// todo marks a sentence as one that the reader has to do something about.
func todo(text string) string {
	if text == "" {
		return ""
	}
	return draft.Todo + text
}

var (
	// decimals are how numbers with a fraction are written that are worth drawing.
	decimals = regexp.MustCompile(`^[0-9]{1,12}\.[0-9]{1,9}$`)
	// digits are how whole numbers stand in forms.
	digits = regexp.MustCompile(`^[1-9][0-9]{0,14}$`)
)

// isDecimal reports whether a value is a number with a fraction above zero, as such or as text.
func isDecimal(v any) bool {
	text := draft.Text(v)
	return decimals.MatchString(text) && strings.Trim(text, "0.") != ""
}

// drawDecimal adds an argument of decimal numbers up to one that is known to be taken, with as many
// digits behind the point, and returns its name.
func (f *filling) drawDecimal(at draft.Leaf) string {
	name, most := f.free(meaning.Variable(at.Name)), at.Text()
	places := len(most) - strings.IndexByte(most, '.') - 1
	drawn := draft.Object{
		{Name: "min", Value: "0." + strings.Repeat("0", places-1) + "1"}, {Name: "max", Value: most},
	}
	if _, text := at.Value.(string); !text {
		drawn = drawn.With("as", "number")
	}
	domain := draft.Object{{Name: "decimal", Value: drawn}}
	f.args = append(f.args, draft.Field{Name: name, Value: domain})
	return name
}

// draw adds an argument around a number and returns its name.
func (f *filling) draw(at draft.Leaf, known int64) string {
	name, fact := f.free(meaning.Variable(at.Name)), f.r.Fact(at.Path)
	values := draft.Range(known, fact.Min, fact.Max)
	if len(fact.OneOf) > 0 {
		list := draft.List{}
		for _, n := range fact.OneOf {
			list = append(list, n)
		}
		values = draft.Object{{Name: "one_of", Value: list}}
	}
	f.args = append(f.args, draft.Field{Name: name, Value: values})
	return name
}

// free is a name that no argument has yet.
func (f *filling) free(base string) string {
	out := base
	for n := 2; f.args.Get(out) != nil || f.g.makers.has(out); n++ {
		out = fmt.Sprintf("%s_%d", base, n)
	}
	return out
}

// form writes a form, which is sent as the text that it is.
func (f *filling) form() string {
	var out []string
	fields, _ := f.r.Sent.(draft.Object)
	for _, field := range fields {
		text, _ := field.Value.(string)
		at := draft.Leaf{Path: field.Name, Name: field.Name, Value: text}
		v, note := f.field(at)
		if n, err := strconv.ParseInt(text, 10, 64); err == nil && note == "" && n > 0 &&
			v == any(text) && meaning.IsQuantity(field.Name) && n < 1<<53 {
			v = "{" + f.draw(at, n) + "}"
		}
		if note != "" {
			f.notes = append(f.notes, note+" ("+field.Name+")")
		}
		written := draft.Text(v)
		if !isPlaceholder(written, text) {
			written = url.QueryEscape(text)
			if note != "" && meaning.IsSecret(field.Name) {
				written = "secret"
			}
		}
		out = append(out, url.QueryEscape(field.Name)+"="+written)
	}
	return strings.Join(out, "&")
}

// isPlaceholder reports whether a template is a name and not the text that was there before.
func isPlaceholder(template, before string) bool {
	return template != before && strings.HasPrefix(template, "{") && !strings.HasPrefix(template, "{{")
}

// statuses are the answers that mean "done" and "not done".
func statuses(d *draft.Sketch, r *request) draft.Object {
	ok := draft.Field{Name: "ok", Value: []int{200, 201}}
	switch {
	case later.Async(r, identity(r)) != nil:
		ok.Value = []int{http.StatusOK}
	case r.OK() && r.Reply.Status == http.StatusAccepted:
		ok.Value = []int{r.Reply.Status}
		ok.Note = "effects come later: promises.settle says how much later"
	case r.OK():
		ok.Value = []int{r.Reply.Status}
	case r.Reply != nil:
		ok.Note = fmt.Sprintf("%sthe request was answered %d: show one that succeeds", draft.Todo,
			r.Reply.Status)
	case r.Method == http.MethodDelete:
		ok.Value = []int{200, 204}
	}
	refused := []int{402, 404, 422}
	if r.Facts != nil && len(r.Facts.Statuses) > 0 {
		ok.Value, refused = described(r.Facts.Statuses, ok.Value)
	}
	refused = d.Refused(refused...)
	note := "not done, and never will be"
	if len(refused) == 0 {
		note = "the description has no status that means only this"
	}
	return draft.Object{ok, {Name: "refused", Value: refused, Note: note}}
}

// described are the statuses of a description that mean "done", or else the usual ones, and those
// that mean "refused".
func described(statuses []int, usual any) (ok any, refused []int) {
	var done []int
	for _, s := range statuses {
		switch {
		case s/100 == 2:
			done = append(done, s)
		case slices.Contains([]int{401, 403, 405, 406, 408, 412, 415, 425, 428, 429}, s):
		case s/100 == 4:
			refused = append(refused, s)
		}
	}
	if len(done) == 0 {
		return usual, refused
	}
	return done, refused
}

// answer says what the answer holds: which field names what was made, and what it says again.
func (f *filling) answer() draft.Object {
	if !f.r.OK() {
		return nil
	}
	if f.r.Got == nil && f.r.Reply.Location() != "" {
		where := draft.Object{{Name: "header", Value: "Location"}}
		return draft.Object{{Name: "identity", Value: where}}
	}
	return draft.Object{}.With("identity", identity(f.r)).With("fields", f.echoes(f.r.Got))
}
