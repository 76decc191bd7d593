package guess

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/harness/contract/draft"
	"github.com/idemcheck/idemcheck/harness/contract/guess/internal/later"
	"github.com/idemcheck/idemcheck/harness/contract/guess/internal/rows"
	"github.com/idemcheck/idemcheck/harness/contract/meaning"
	"github.com/idemcheck/idemcheck/harness/contract/shown"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/source"
)

// listing is a ledger of the draft.
type listing struct {
	entry draft.Entry
	// per is the resource that it is read for, "" when it is read once.
	per string
	// fields are what its items say again of an operation.
	fields draft.Object
}

// presumed is where effects may be listed when nobody showed it.
func presumed(r *request) *request {
	u := &url.URL{Scheme: r.Address.Scheme, Host: r.Address.Host, Path: r.Address.Path}
	e := &shown.Call{Method: http.MethodGet, URL: u.String()}
	return &request{Call: e, Address: u}
}

// addLedgers writes the ledgers, as they show the first operation.
func addLedgers(g *guesser, f *filling) {
	for _, r := range g.ledgers {
		l := &listing{entry: draft.Entry{Name: meaning.Collection(r.Address.Path)}}
		each := func(resource string) string {
			l.per = resource
			return "{id}"
		}
		path := draft.Field{Name: "path", Value: g.makers.template(r.Address, each)}
		if g.presumes {
			path.Note = draft.Todo + "where are the effects listed? --ledger shows it"
		}
		l.entry.Fields = append(l.entry.Fields, path)
		l.entry.Fields = l.entry.Fields.With("per", l.per)
		items, list := findItems(r.Got, f)
		switch {
		case r.Got == nil || list == nil:
			presumeItems(l, r, f)
		default:
			l.entry.Fields = l.entry.Fields.With("items", items).With("pages", later.Pages(r))
			itemFields(l, list, f)
		}
		l.entry.Name = draft.Add(&g.d.Ledgers, l.entry)
		g.listed = append(g.listed, l)
	}
	if g.query != nil {
		addRows(g, f)
	}
}

// addRows writes the ledger of a query.
func addRows(g *guesser, f *filling) {
	see := rows.Showing{
		Correlation: f.correlation[strings.LastIndexByte(f.correlation, '.')+1:],
		Makes: func(id string) string {
			if m := g.makers.of(id); m != nil {
				return m.name
			}
			return ""
		},
	}
	if len(g.makers) == 1 {
		see.Only = g.makers[0].name
	}
	dsn := g.query.DSN
	from := &source.Origin{SQL: &source.Query{DSN: dsn}}
	open := contract.Redacted(&model.Contract{Ledgers: map[string]model.Ledger{"": {From: from}}})
	if open.Ledgers[""].From.SQL.DSN != dsn {
		dsn = g.d.FromEnvironment("database url", "where the database is, with user and password")
	}
	l := &listing{}
	l.entry, l.per = rows.Ledger(*g.query, dsn, see)
	l.entry.Name = draft.Add(&g.d.Ledgers, l.entry)
	g.listed = append(g.listed, l)
}

// presumeItems writes what items may look like when no answer shows it.
func presumeItems(l *listing, r *request, f *filling) {
	l.entry.Fields = append(l.entry.Fields, draft.Field{
		Name: "items", Value: strings.ReplaceAll(meaning.Collection(r.Address.Path), "-", "_"),
		Note: draft.Todo + `the field that holds the list; "" where the answer is the list`,
	})
	if f.correlation != "" {
		l.entry.Fields = l.entry.Fields.With("mark", f.correlation)
		return
	}
	l.entry.Fields = append(l.entry.Fields, draft.Field{
		Name: "key", Value: "idempotency_key",
		Note: draft.Todo + "the field of an item that holds the key, or `mark:` and a text with {mark}",
	})
}

// itemFields writes what the fields of an item mean, from items that were seen.
func itemFields(l *listing, list draft.List, f *filling) {
	item, found := own(list, f)
	key, correlation := "", ""
	for _, leaf := range draft.Leaves(item) {
		switch text := leaf.Text(); {
		case text == "":
		case found && text == f.correlationText() &&
			(correlation == "" || sameName(leaf.Path, f.correlation)):
			correlation = leaf.Path
		case found && text == f.sentKey() || key == "" && meaning.KeyRank(leaf.Name) >= 60:
			key = leaf.Path
		case !found && correlation == "" && f.correlation != "" && sameName(leaf.Path, f.correlation):
			correlation = leaf.Path
		}
	}
	l.entry.Fields = l.entry.Fields.With("key", key).With("mark", correlation)
	if key == "" && correlation == "" {
		field := draft.Field{Name: "mark", Value: "reference"}
		field.Note = draft.Todo + "no field shows what the operation sent: name one that does"
		if f.correlation == "" {
			field.Name = "key"
		}
		l.entry.Fields = append(l.entry.Fields, field)
	}
	l.entry.Fields = l.entry.Fields.With("id", itemID(item))
	if found {
		l.fields = f.echoes(item)
		l.fields = slices.DeleteFunc(l.fields, func(x draft.Field) bool { return x.Value == "mark" })
	}
}

func sameName(a, b string) bool {
	last := func(path string) string { return path[strings.LastIndexByte(path, '.')+1:] }
	return strings.EqualFold(last(a), last(b))
}

func itemID(item any) string {
	for _, l := range draft.Leaves(item) {
		if l.Path == "id" && l.Text() != "" {
			return l.Path
		}
	}
	return ""
}

// own finds the item of a list that shows the operation, or else gives the first.
func own(list draft.List, f *filling) (item any, found bool) {
	correlation, key := f.correlationText(), f.sentKey()
	for _, item := range list {
		for _, l := range draft.Leaves(item) {
			if text := l.Text(); text != "" && (text == correlation || text == key) {
				return item, true
			}
		}
	}
	if len(list) == 0 {
		return draft.Object{}, false
	}
	return list[0], false
}

// findItems finds the list of an answer: the one that shows the operation, or else the first.
func findItems(answer any, f *filling) (path string, list draft.List) {
	for _, found := range listsOf(nil, "", answer) {
		if _, is := own(found.list, f); is {
			return found.path, found.list
		}
		if list == nil {
			path, list = found.path, found.list
		}
	}
	return path, list
}

// foundList is a list in an answer, and the path to it.
type foundList struct {
	path string
	list draft.List
}

// listsOf finds the lists of objects in an answer, which are not inside another list.
func listsOf(all []foundList, path string, v any) []foundList {
	switch x := v.(type) {
	case draft.List:
		if len(x) > 0 {
			if _, object := x[0].(draft.Object); !object {
				return all
			}
		}
		return append(all, foundList{path, x})
	case draft.Object:
		for _, f := range x {
			all = listsOf(all, strings.TrimPrefix(path+"."+f.Name, "."), f.Value)
		}
	}
	return all
}

// effects are what the operation leaves in each ledger.
func effects(f *filling) draft.List {
	var out draft.List
	for _, l := range f.g.listed {
		if l.per != "" && !f.uses[l.per] || !isSeenIn(f, l.entry.Fields) {
			continue
		}
		effect := draft.Object{{Name: "ledger", Value: l.entry.Name}}
		if l.per != "" {
			effect = effect.With("resource", meaning.Variable(l.per))
		}
		var known draft.Object
		for _, field := range l.fields {
			if name, is := field.Value.(string); is && f.args.Get(name) != nil {
				known = append(known, field)
			}
		}
		out = append(out, effect.With("fields", known))
	}
	return out
}

// isSeenIn reports whether the operation sends what the items of a ledger show of it.
func isSeenIn(f *filling, ledger draft.Object) bool {
	return ledger.Get("count") != nil || ledger.Get("mark") != nil && f.correlation != "" ||
		ledger.Get("key") != nil && (f.g.d.Key.Get("header") != nil || f.sentKey() != "")
}
