package observe

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/idemcheck/idemcheck/harness/observe/intake"
	"github.com/idemcheck/idemcheck/harness/observe/nextpage"
	"github.com/idemcheck/idemcheck/model/follow"
)

// maxPages bounds how many pages of one list are read.
const maxPages = 500

// pages reads one list that is answered in pages.
type pages struct {
	client *Client
	first  BoundMessage
	follow follow.Pages
	// items is the field of a page that holds its items.
	items string
}

// page is one page.
type page struct {
	items []any
	// next is the address of the next page, or its cursor; "" when the answer names none.
	next string
	// sum tells whether two pages hold the same.
	sum [sha256.Size]byte
}

// read reads all pages and hands on their items. A list that moved meanwhile, such as one that
// shows the newest first, is an error: an item that moved over the end of a page was read twice or
// not at all.
func (p *pages) read(ctx context.Context, each func(item any) error) error {
	all, err := p.all(ctx)
	if err != nil {
		return err
	}
	if len(all) > 1 {
		again, err := p.page(ctx, 0, "")
		if err != nil {
			return err
		}
		if again.sum != all[0].sum {
			return fmt.Errorf("the list at %s changed while its pages were read", p.first.Path)
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
func (p *pages) all(ctx context.Context) ([]page, error) {
	var out []page
	next, asked := "", map[string]bool{}
	for n := range maxPages {
		one, err := p.page(ctx, n, next)
		if n > 0 && p.beyond(err) {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		if n > 0 && len(one.items) > 0 {
			if err := p.follows(n, out[n-1], one); err != nil {
				return nil, err
			}
		}
		out = append(out, one)
		if p.last(one) {
			return out, nil
		}
		if next = one.next; next != "" && asked[next] {
			return nil, fmt.Errorf("the pages of %s lead in a circle: page %d leads back to %.100q; "+
				"check ledgers.*.pages", p.first.Path, n+1, next)
		}
		asked[next] = true
	}
	return nil, fmt.Errorf("%s has more than %d pages: ask for larger ones", p.first.Path, maxPages)
}

// follows tells why a page that has items, the n-th from 0, cannot follow another one; nil when it
// can.
func (p *pages) follows(n int, before, one page) error {
	switch {
	case one.sum == before.sum:
		return fmt.Errorf("pages %d and %d of %s are the same: does ledgers.*.pages say how the service "+
			"is told which page?", n, n+1, p.first.Path)
	case p.follow.Counts() && len(before.items) < p.follow.Size:
		return fmt.Errorf("page %d of %s has %d items and is not the last: write `size: %d` in "+
			"ledgers.*.pages", n, p.first.Path, len(before.items), len(before.items))
	}
	return nil
}

// last reports whether no page follows one. Where pages are counted that is the one without items:
// a page that is shorter than others may be what the service calls full.
func (p *pages) last(one page) bool {
	if p.follow.Counts() {
		return len(one.items) == 0
	}
	return one.next == ""
}

// beyond reports whether a service says that there is no page of such a number.
func (p *pages) beyond(err error) bool {
	var status *StatusError
	return p.follow.Counts() && errors.As(err, &status) &&
		(status.Status == http.StatusNotFound || status.Status == http.StatusRequestedRangeNotSatisfiable)
}

// page reads one page: the first, or the one that comes next.
func (p *pages) page(ctx context.Context, n int, next string) (page, error) {
	var out page
	m := p.first
	m.At = func(path string) (string, error) {
		return nextpage.Asked{Base: p.client.Base, Pages: p.follow}.At(path, n, next)
	}
	m.Headers = func(h http.Header) { out.next = nextpage.Header(h, p.follow.Header) }
	err := p.client.exchange(ctx, m, func(from io.Reader) error {
		body, err := intake.ReadWhole(from)
		if err != nil {
			return err
		}
		out.sum = sha256.Sum256(body)
		answer, err := decoded(p.client.Mask, body)
		if err != nil {
			return err
		}
		if out.items, err = nextpage.Items(answer, p.items, p.first.Path); err != nil {
			return err
		}
		out.next += nextpage.Named(answer, p.follow.Next+p.follow.Cursor)
		return nil
	})
	return out, err
}
