package wallet_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/campaign"
	"github.com/idemcheck/idemcheck/harness/worlds/internal/both"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// perPage is how many payments a page has.
const perPage = 2

// part writes the payments from one on, as many as a page has, with further fields that say where
// the next page is.
func part(w http.ResponseWriter, all []payment, from int, more map[string]any) {
	more["payments"] = all[min(from, len(all)):min(from+perPage, len(all))]
	text, _ := json.Marshal(more)
	reply(w, http.StatusOK, string(text))
}

// asked is a number in the query of a request, or another one.
func asked(r *http.Request, name string, otherwise int) int {
	n, err := strconv.Atoi(r.URL.Query().Get(name))
	if err != nil {
		return otherwise
	}
	return n
}

// listings are services that answer in pages, by what a contract says of them.
func listings() map[string]func(w http.ResponseWriter, r *http.Request, all []payment) {
	next := func(r *http.Request, from int) string {
		return fmt.Sprintf("%s?from=%d", r.URL.Path, from+perPage)
	}
	return map[string]func(w http.ResponseWriter, r *http.Request, all []payment){
		`{next: links.next}`: func(w http.ResponseWriter, r *http.Request, all []payment) {
			from, links := asked(r, "from", 0), map[string]any{"next": nil}
			if from+perPage < len(all) {
				links["next"] = "http://" + r.Host + next(r, from)
			}
			part(w, all, from, map[string]any{"links": links})
		},
		`{header: Link}`: func(w http.ResponseWriter, r *http.Request, all []payment) {
			from := asked(r, "from", 0)
			w.Header().Add("Link", `</first>; rel="first"`)
			if from+perPage < len(all) {
				w.Header().Add("Link", `</last>; rel=last, <`+next(r, from)+`>; rel="next"`)
			}
			part(w, all, from, map[string]any{})
		},
		`{query: page, from: 1, size: 2}`: func(w http.ResponseWriter, r *http.Request, all []payment) {
			part(w, all, (asked(r, "page", 1)-1)*perPage, map[string]any{})
		},
		`{query: offset, from: 0, step: 2}`: func(w http.ResponseWriter, r *http.Request, all []payment) {
			from := asked(r, "offset", 0)
			if from > len(all) {
				reply(w, http.StatusNotFound, `{}`)
				return
			}
			part(w, all, from, map[string]any{})
		},
		`{cursor: meta.next, query: after}`: func(w http.ResponseWriter, r *http.Request, all []payment) {
			from, meta := asked(r, "after", 0), map[string]any{}
			if from+perPage < len(all) {
				meta["next"] = from + perPage
			}
			part(w, all, from, map[string]any{"meta": meta})
		},
	}
}

// paged is a change of the contract: its ledger is answered in pages.
func paged(pages string) []string {
	const ledger = "mark: mark, id: id"
	return []string{ledger + "}", ledger + ", pages: " + pages + "}"}
}

func TestLedgersAreReadToTheirLastPage(t *testing.T) {
	for pages, page := range listings() {
		t.Run(pages, func(t *testing.T) {
			of := func() *service {
				s := newService()
				s.page = page
				return s
			}
			worlds(t, promise(t, paged(pages)...), of, both.IsValid)
		})
	}
}

func TestADuplicateOnALaterPageIsFound(t *testing.T) {
	pages := `{header: Link}`
	worlds(t, promise(t, paged(pages)...), func() *service {
		s := newService()
		s.forgets, s.page = true, listings()[pages]
		return s
	}, both.Breaks("duplicate-effect"))
}

// isUnknown demands that nothing is judged, for a reason that says something.
func isUnknown(reason string) func(*testing.T, *campaign.RunResult) {
	return func(t *testing.T, r *campaign.RunResult) {
		t.Helper()
		require.Equal(t, verdict.Unknown, r.Verdict.Verdict, "%v", r.Verdict.Violations)
		require.Contains(t, fmt.Sprint(r.Verdict.Reasons), reason)
	}
}

func TestPagesThatCannotBeReadAreNamed(t *testing.T) {
	for reason, wrong := range map[string]struct {
		pages string
		page  func(w http.ResponseWriter, r *http.Request, all []payment)
	}{
		"lead in a circle": {
			`{next: next}`, func(w http.ResponseWriter, r *http.Request, all []payment) {
				page := asked(r, "p", 0)
				more := map[string]any{"next": fmt.Sprintf("%s?p=%d", r.URL.Path, (page+1)%3), "page": page}
				part(w, all, 0, more)
			},
		},
		"leads to another host": {
			`{next: next}`, func(w http.ResponseWriter, _ *http.Request, all []payment) {
				part(w, all, 0, map[string]any{"next": "http://elsewhere.test/"})
			},
		},
		"are the same": {
			`{query: page}`, func(w http.ResponseWriter, _ *http.Request, all []payment) {
				part(w, append(all, payment{}), 0, map[string]any{})
			},
		},
		"write `size: 2`": {
			`{query: page, size: 5}`, func(w http.ResponseWriter, r *http.Request, all []payment) {
				all = append([]payment{{}, {}}, all...)
				part(w, append(all, payment{}), (asked(r, "page", 1)-1)*perPage, map[string]any{})
			},
		},
		"changed while its pages were read": {
			`{next: next}`, func(w http.ResponseWriter, r *http.Request, all []payment) {
				more := map[string]any{"read": rand.Int()}
				if asked(r, "p", 0) == 0 {
					more["next"] = "?p=1"
				}
				part(w, all, 0, more)
			},
		},
	} {
		t.Run(reason, func(t *testing.T) {
			of := func() *service {
				s := newService()
				s.page = wrong.page
				return s
			}
			worlds(t, promise(t, paged(wrong.pages)...), of, isUnknown(reason))
		})
	}
}
