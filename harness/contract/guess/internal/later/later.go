// Package later finds out from answers what is done later, and how lists go on.
package later

import (
	"net/http"
	"slices"
	"strings"

	"github.com/idemcheck/idemcheck/harness/contract/draft"
	"github.com/idemcheck/idemcheck/harness/contract/guess/internal/apart"
	"github.com/idemcheck/idemcheck/harness/contract/meaning"
	"github.com/idemcheck/idemcheck/harness/contract/shown"
)

// waiting are the words by which services say that something is not over yet.
func waiting() []string {
	return []string{
		"pending", "processing", "accepted", "queued", "created", "new", "running", "started", "waiting",
		"submitted", "initiated", "received", "scheduled", "open", "inprogress",
	}
}

// failed are the words by which services say that something was not done. Done are those of which
// one says that it was, where no answer showed it.
func failed() draft.List {
	return draft.List{"failed", "rejected", "declined", "canceled", "cancelled", "error"}
}

func done() draft.List {
	return draft.List{"succeeded", "completed", "done", "finished", "success", "ok"}
}

// Over reports whether an answer says that something that was accepted has ended.
func Over(in *shown.Returned) bool {
	answer, err := draft.ParseJSON(in.Body)
	if in.Status/100 != 2 || err != nil {
		return false
	}
	state, has := stateOf(answer)
	word := strings.Join(meaning.Words(state.Text()), "")
	return has && !slices.Contains(waiting(), word)
}

// stateOf finds the field that says how far something is.
func stateOf(answer any) (draft.Leaf, bool) {
	for _, l := range draft.Leaves(answer) {
		words := meaning.Words(l.Name)
		_, text := l.Value.(string)
		if last := len(words) - 1; text && last >= 0 && !l.InList() &&
			(words[last] == "status" || words[last] == "state") {
			return l, true
		}
	}
	return draft.Leaf{}, false
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
	ends := draft.Field{Name: "done", Value: values(state.Path, done())}
	ends.Note = draft.Todo + "the field and the values that say that it was done"
	if r.Outcome != nil {
		if answer, err := draft.ParseJSON(r.Outcome.Body); err == nil {
			end, _ := stateOf(answer)
			ends = draft.Field{Name: "done", Value: values(end.Path, draft.List{end.Text()})}
		}
	}
	return draft.Object{
		{Name: "accepted", Value: []int{http.StatusAccepted}},
		{Name: "poll", Value: poll},
		ends,
		{Name: "refused", Value: values(state.Path, failed()), Note: "guessed: keep what yours says"},
	}
}

// values are a field and what it is.
func values(field string, are draft.List) draft.Object {
	return draft.Object{{Name: "field", Value: field}, {Name: "values", Value: are}}
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
