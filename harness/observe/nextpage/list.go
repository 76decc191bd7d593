package nextpage

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"

	"github.com/idemcheck/idemcheck/model/follow"
)

// maxPages bounds how many pages of one list are read.
const maxPages = 500

// ErrBeyond means that there is no page of such a number.
var ErrBeyond = errors.New("there is no such page")

// PagedList is one list that is answered in pages.
type PagedList struct {
	Pages follow.Pages
	// Items is the field of a page that holds its items; "" when the page is the list.
	Items string
	// Name is what the list is called, and Line where the contract says how it is read.
	Name, Line string
	// Fetch reads a page, counted from 0, to which an answer leads by next, and returns what
	// [PagedList.Page] makes of it. Its error is an [ErrBeyond] where no page has that number.
	Fetch func(ctx context.Context, n int, next string) (ListPage, error)
}

// ListPage is one page.
type ListPage struct {
	items []any
	// next is the address of the next page, or its cursor; "" when the answer names none.
	next string
	// sum tells whether two pages hold the same.
	sum [sha256.Size]byte
}

// Page is an answer as a page: its body, also decoded, and its headers.
func (l PagedList) Page(body []byte, answer any, h http.Header) (ListPage, error) {
	items, err := l.itemsOf(answer)
	return ListPage{
		items: items, sum: sha256.Sum256(body),
		next: Header(h, l.Pages.Header) + Named(answer, l.Pages.Next+l.Pages.Cursor),
	}, err
}

// Read reads all pages and hands on their items. A list that moved meanwhile, such as one that
// shows the newest first, is an error: an item that moved over the end of a page was read twice or
// not at all.
func (l PagedList) Read(ctx context.Context, each func(item any) error) error {
	all, err := l.all(ctx)
	if err != nil {
		return err
	}
	if len(all) > 1 {
		again, err := l.Fetch(ctx, 0, "")
		if err != nil {
			return err
		}
		if again.sum != all[0].sum {
			return fmt.Errorf("the list at %s changed while its pages were read", l.Name)
		}
	}
	for _, one := range all {
		for _, item := range one.items {
			if err := each(item); err != nil {
				return err
			}
		}
	}
	return nil
}

// all reads all pages.
func (l PagedList) all(ctx context.Context) ([]ListPage, error) {
	var out []ListPage
	next, asked := "", map[string]bool{}
	for n := range maxPages {
		one, err := l.Fetch(ctx, n, next)
		if n > 0 && l.Pages.Counts() && errors.Is(err, ErrBeyond) {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		if n > 0 && len(one.items) > 0 {
			if err := l.follows(n, out[n-1], one); err != nil {
				return nil, err
			}
		}
		out = append(out, one)
		if l.last(one) {
			return out, nil
		}
		if next = one.next; next != "" && asked[next] {
			return nil, fmt.Errorf("the pages of %s lead in a circle: page %d leads back to %.100q; "+
				"check %s.pages", l.Name, n+1, next, l.Line)
		}
		asked[next] = true
	}
	return nil, fmt.Errorf("%s has more than %d pages: ask for larger ones", l.Name, maxPages)
}

// follows tells why a page that has items, the n-th from 0, cannot follow another one; nil when it
// can.
func (l PagedList) follows(n int, before, one ListPage) error {
	switch {
	case one.sum == before.sum:
		return fmt.Errorf("pages %d and %d of %s are the same: does %s.pages say how the service "+
			"is told which page?", n, n+1, l.Name, l.Line)
	case l.Pages.Counts() && len(before.items) < l.Pages.Size:
		return fmt.Errorf("page %d of %s has %d items and is not the last: write `size: %d` in "+
			"%s.pages", n, l.Name, len(before.items), len(before.items), l.Line)
	}
	return nil
}

// last reports whether no page follows one. Where pages are counted that is the one without items:
// a page that is shorter than others may be what the service calls full.
func (l PagedList) last(one ListPage) bool {
	if l.Pages.Counts() {
		return len(one.items) == 0
	}
	return one.next == ""
}
