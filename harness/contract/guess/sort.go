package guess

import (
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/idemcheck/idemcheck/harness/contract/draft"
	"github.com/idemcheck/idemcheck/harness/contract/guess/internal/apart"
	"github.com/idemcheck/idemcheck/harness/contract/meaning"
	"github.com/idemcheck/idemcheck/harness/contract/shown"
)

// Sort finds in a recording what can be checked: the operation that most likely is one that callers
// want done once, what made the things that it works on, and what lists its effects. others are
// operations that could have been taken instead.
func Sort(recorded []*shown.Call) (x Examples, others []string, err error) {
	var all []*request
	for _, e := range recorded {
		if r, err := apart.Take(e); err == nil {
			all = append(all, r)
		}
	}
	chosen := likeliest(all)
	if chosen == nil {
		return x, nil, errors.New("nothing in the recording changes something\n" +
			"  next: record what callers want done once, such as placing an order")
	}
	x.Operations = []*shown.Call{chosen.Call}
	seen := map[string]bool{label(chosen): true}
	for _, r := range all {
		once := !seen[label(r)] && r.Address.Host == chosen.Address.Host
		switch {
		case once && makes(r, chosen) && len(x.Creates) < 2:
			x.Creates = append(x.Creates, r.Call)
		case once && shows(r, chosen) && len(x.Ledgers) < 2:
			x.Ledgers = append(x.Ledgers, r.Call)
		case once && changes(r):
			others = append(others, label(r))
		default:
			continue
		}
		seen[label(r)] = true
	}
	return x, others, nil
}

// changes reports whether a request is one that may be wanted once, and was done.
func changes(r *request) bool {
	return slices.Contains([]string{
		http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete,
	}, r.Method) && r.OK()
}

func label(r *request) string { return fmt.Sprintf("%s %s", r.Method, r.Address.Path) }

// likeliest finds the operation: one with a key rather than without, one that a list shows, and of
// several the last, because what it works on was made before. nil when nothing changes anything.
func likeliest(all []*request) *request {
	var best *request
	most := -1
	for _, r := range all {
		if !changes(r) {
			continue
		}
		rank := 0
		for _, h := range r.Headers {
			rank = max(rank, 10*meaning.KeyRank(h.Name))
		}
		if slices.ContainsFunc(draft.Leaves(r.Sent), r.IsKey) {
			rank = max(rank, 600)
		}
		if slices.ContainsFunc(all, func(l *request) bool { return shows(l, r) }) {
			rank += 5
		}
		if rank >= most {
			best, most = r, rank
		}
	}
	return best
}

// makes reports whether the answer to a request names something that another one works on.
func makes(r, user *request) bool {
	if r == user || r.Method != http.MethodPost || !r.OK() {
		return false
	}
	used := mentioned([]*request{user})
	return slices.ContainsFunc(draft.Leaves(r.Got), func(l draft.Leaf) bool {
		return len(l.Text()) > 1 && used[l.Text()] && isName(l)
	})
}

// shows reports whether the answer to a request lists what an operation left behind.
func shows(l, r *request) bool {
	if l.Method != http.MethodGet || !l.OK() || r.Address.Host != l.Address.Host {
		return false
	}
	made := map[string]bool{}
	for _, sent := range draft.Leaves(r.Sent) {
		_, text := sent.Value.(string)
		if text && meaning.CorrelationRank(sent.Name) > 0 && len(sent.Text()) > 3 {
			made[sent.Text()] = true
		}
	}
	if at := identity(r); at != "" {
		for _, a := range draft.Leaves(r.Got) {
			made[a.Text()] = made[a.Text()] || a.Path == at && a.Text() != ""
		}
	}
	for _, found := range listsOf(nil, "", l.Got) {
		for _, item := range draft.Leaves(found.list) {
			if made[item.Text()] {
				return true
			}
		}
	}
	return false
}
