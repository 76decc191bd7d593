// Package later finds out from answers what is done later, and how lists go on.
package later

import (
	"net/http"
	"strings"

	"github.com/idemcheck/idemcheck/harness/contract/draft"
	"github.com/idemcheck/idemcheck/harness/contract/guess/internal/apart"
	"github.com/idemcheck/idemcheck/harness/contract/meaning"
	"github.com/idemcheck/idemcheck/harness/contract/progress"
	"github.com/idemcheck/idemcheck/harness/contract/shown"
	"github.com/idemcheck/idemcheck/internal/lists"
)

// Over reports whether an answer says that something that was accepted has ended.
func Over(in *shown.Returned) bool {
	answer, err := draft.ParseJSON(in.Body)
	if in.Status/100 != 2 || err != nil {
		return false
	}
	state, has := stateOf(answer)
	return has && !progress.IsPending(state.Text())
}

// stateOf finds the field that says how far something is.
func stateOf(answer any) (draft.Leaf, bool) {
	return lists.First(draft.Leaves(answer), func(l draft.Leaf) bool {
		_, text := l.Value.(string)
		return text && !l.InList() && progress.IsTold(l.Name)
	})
}

// Async writes how an operation is done that is accepted first; nil when the answer does not
// say so. identity is the field by which the answer names it, or "".
func Async(r *apart.Request, identity string) draft.Object {
	if r.Reply == nil || r.Reply.Status != http.StatusAccepted {
		return nil
	}
	state, has := stateOf(r.Got)
	poll := draft.Object{{Name: "header", Value: "Location"}}
	if r.Reply.Location() == "" {
		path := strings.TrimRight(r.Address.Path, "/") + "/{identity}"
		poll = draft.Object{{Name: "path", Value: path}}
	}
	if !has || r.Reply.Location() == "" && identity == "" {
		return nil
	}
	ends := draft.Field{Name: "done", Value: values(state.Path, progress.Successes())}
	ends.Note = draft.Todo + "the field and the values that say that it was done"
	if r.Outcome != nil {
		if answer, err := draft.ParseJSON(r.Outcome.Body); err == nil {
			end, _ := stateOf(answer)
			ends = draft.Field{Name: "done", Value: values(end.Path, []string{end.Text()})}
		}
	}
	refused := draft.Field{Name: "refused", Value: values(state.Path, progress.Failures())}
	refused.Note = "guessed: keep what yours says"
	return draft.Object{
		{Name: "accepted", Value: []int{http.StatusAccepted}},
		{Name: "poll", Value: poll},
		ends,
		refused,
	}
}

// values are a field and what it is.
func values(field string, are []string) draft.Object {
	var list draft.List
	for _, value := range are {
		list = append(list, value)
	}
	return draft.Object{{Name: "field", Value: field}, {Name: "values", Value: list}}
}

// Pages writes how a list goes on, where its answer says so; nil where it seems to hold all.
func Pages(r *apart.Request) draft.Object {
	if r.Reply != nil && strings.Contains(r.Reply.Head.Get("Link"), `rel="next"`) {
		return draft.Object{{Name: "header", Value: "Link"}}
	}
	for _, l := range draft.Leaves(r.Got) {
		text, is := l.Value.(string)
		address := l.Value == nil || is && (text == "" || strings.Contains(text, "/"))
		if address && !l.InList() && isNext(l) {
			return draft.Object{{Name: "next", Value: l.Path}}
		}
	}
	return nil
}

// isNext reports whether a field is one that holds the address of the next page.
func isNext(l draft.Leaf) bool {
	switch strings.Join(meaning.Words(l.Name), " ") {
	case "next", "next url", "next link", "next page url", "odata next link":
		return true
	case "href":
		return strings.HasSuffix(l.Path, "next.href")
	}
	return false
}
