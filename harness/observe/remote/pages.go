package remote

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/idemcheck/idemcheck/harness/contract/template"
	"github.com/idemcheck/idemcheck/harness/observe/intake"
	"github.com/idemcheck/idemcheck/harness/observe/nextpage"
)

// paged is the list that some values name, page by page.
func (l list) paged(vars template.Vars) (nextpage.PagedList, error) {
	base, path, err := l.rendered(vars)
	if err != nil {
		return nextpage.PagedList{}, err
	}
	all := nextpage.PagedList{Pages: *l.pages, Items: l.items, Name: path, Line: "http"}
	asked := nextpage.Asked{Base: base, Pages: *l.pages}
	all.Fetch = func(ctx context.Context, n int, next string) (out nextpage.ListPage, err error) {
		at, err := asked.At(path, n, next)
		if err != nil {
			return out, err
		}
		err = l.ask(ctx, base, at, func(a answer) error {
			body, err := intake.ReadWhole(a.body)
			if err != nil {
				return err
			}
			page, err := decoded(body)
			if err != nil {
				return err
			}
			out, err = all.Page(body, page, a.header)
			return err
		})
		var of *statusError
		if n > 0 && errors.As(err, &of) &&
			(of.status == http.StatusNotFound || of.status == http.StatusRequestedRangeNotSatisfiable) {
			err = fmt.Errorf("%w: %w", nextpage.ErrBeyond, err)
		}
		return out, err
	}
	return all, nil
}

// decoded is a whole answer as JSON; nil for an empty one.
func decoded(body []byte) (out any, err error) {
	if len(bytes.TrimSpace(body)) == 0 {
		return nil, nil
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	if err := dec.Decode(&out); err != nil {
		return nil, fmt.Errorf("it is not JSON: %w", err)
	}
	return out, nil
}
