package observe

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/idemcheck/idemcheck/harness/observe/intake"
	"github.com/idemcheck/idemcheck/harness/observe/nextpage"
	"github.com/idemcheck/idemcheck/model/follow"
)

// paged is a list of the service in pages, of which a message asks for the first.
func paged(client *Client, first BoundMessage, how follow.Pages, items string) nextpage.PagedList {
	list := nextpage.PagedList{Pages: how, Items: items, Name: first.Path, Line: "ledgers.*"}
	list.Fetch = func(ctx context.Context, n int, next string) (out nextpage.ListPage, err error) {
		m := first
		m.At = func(path string) (string, error) {
			return nextpage.Asked{Base: client.Base, Pages: how}.At(path, n, next)
		}
		var header http.Header
		m.Headers = func(h http.Header) { header = h }
		err = client.exchange(ctx, m, func(from io.Reader) error {
			body, err := intake.ReadWhole(from)
			if err != nil {
				return err
			}
			answer, err := decoded(client.Mask, body)
			if err != nil {
				return err
			}
			out, err = list.Page(body, answer, header)
			return err
		})
		if n > 0 {
			err = beyond(err)
		}
		return out, err
	}
	return list
}

// beyond adds to an error of a service that knows no page of such a number that this is so.
func beyond(err error) error {
	var status *StatusError
	if errors.As(err, &status) && (status.Status == http.StatusNotFound ||
		status.Status == http.StatusRequestedRangeNotSatisfiable) {
		return fmt.Errorf("%w: %w", nextpage.ErrBeyond, err)
	}
	return err
}
