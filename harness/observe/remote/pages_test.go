package remote

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/observe/elsewhere"
	"github.com/idemcheck/idemcheck/model/follow"
	"github.com/idemcheck/idemcheck/model/source"
)

// book is a transport that shows some items of "a/1", a few on each page.
type book struct {
	items, size int
	// next is where a page names the next one: "next", "cursor", "Link"; "" where pages are counted.
	next string
	// beyond is what is answered behind the last page: 0 for an empty one.
	beyond int
	// turn changes a page before it is answered; nil changes none. asked counts them.
	turn  func(asked int, items []int) []int
	asked int
}

// RoundTrip implements http.RoundTripper.
func (b *book) RoundTrip(r *http.Request) (*http.Response, error) {
	b.asked++
	out := &http.Response{StatusCode: 200, Header: http.Header{}, Request: r}
	from, _ := strconv.Atoi(r.URL.Query().Get("at")) // absent is the first page
	var items []int
	for i := from; i < min(from+b.size, b.items); i++ {
		items = append(items, i)
	}
	if b.turn != nil {
		items = b.turn(b.asked, items)
	}
	answer := map[string]any{"data": items}
	if from+b.size < b.items {
		to := strconv.Itoa(from + b.size)
		switch b.next {
		case "next":
			answer["next"] = "/a%2F1?at=" + to
		case "cursor":
			answer["cursor"] = to
		case "Link":
			out.Header.Set("Link", fmt.Sprintf(`<http://s.test/a%%2F1?at=%s>; rel="next"`, to))
		}
	}
	if len(items) == 0 && b.beyond != 0 {
		out.StatusCode = b.beyond
	}
	body, err := json.Marshal(answer)
	out.Body = io.NopCloser(strings.NewReader(string(body)))
	return out, err
}

// zero is the number of the first item.
func zero() *int { return new(int) }

func TestListsOfAnotherHostHavePages(t *testing.T) {
	counted := &follow.Pages{Query: "at", From: zero(), Step: 3}
	for name, tt := range map[string]struct {
		book  book
		pages *follow.Pages
		url   string
		// says is what is wrong; "" where every item is read once.
		says string
	}{
		"by an address": {book{items: 8, size: 3, next: "next"}, &follow.Pages{Next: "next"}, "", ""},
		"by a header":   {book{items: 8, size: 3, next: "Link"}, &follow.Pages{Header: "Link"}, "", ""},
		"by a cursor": {
			book{items: 8, size: 3, next: "cursor"}, &follow.Pages{Cursor: "cursor", Query: "at"}, "", "",
		},
		"counted":           {book{items: 8, size: 3}, counted, "", ""},
		"with a full last":  {book{items: 9, size: 3}, counted, "", ""},
		"with none beyond":  {book{items: 9, size: 3, beyond: 404}, counted, "", ""},
		"of one page":       {book{items: 2, size: 3, next: "next"}, &follow.Pages{Next: "next"}, "", ""},
		"of nothing":        {book{items: 0, size: 3}, counted, "", ""},
		"whole, undeclared": {book{items: 2, size: 3}, nil, "?limit=3", ""},
		"full, undeclared":  {book{items: 9, size: 3}, nil, "?limit=3", "there may be more: say in http.pages"},
		"linked, undeclared": {
			book{items: 9, size: 3, next: "Link"}, nil, "", "a next page in its header Link",
		},
		"refused": {book{items: 0, size: 3, beyond: 404}, counted, "", "answered 404"},
		"the same page again": {
			book{items: 9, size: 3, turn: func(int, []int) []int { return []int{0, 1, 2} }},
			counted, "",
			"does http.pages say how the service is told which page",
		},
		"that moves": {book{items: 7, size: 3, turn: func(asked int, items []int) []int {
			return append([]int{asked}, items...)
		}, next: "next"}, &follow.Pages{Next: "next"}, "", "changed while its pages were read"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := itemsOf(t, Items(source.Remote{
				URL: "http://s.test/{id}" + tt.url, Items: "data", Pages: tt.pages,
			}, &tt.book))
			if tt.says != "" {
				require.ErrorContains(t, err, tt.says)
				require.Empty(t, got[min(len(got), tt.book.size):], "no more than a page was handed on")
				return
			}
			require.NoError(t, err)
			require.Len(t, got, tt.book.items)
			for i, item := range got {
				require.Equal(t, fmt.Sprint(i), fmt.Sprint(item))
			}
		})
	}
}

// leading is a transport whose pages lead to another host.
type leading struct{}

// RoundTrip implements http.RoundTripper.
func (leading) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: 200, Request: r,
		Body: io.NopCloser(strings.NewReader(`{"data": [1], "next": "http://evil.test/?at=3"}`)),
	}, nil
}

func TestPagesLeadToNoOtherHost(t *testing.T) {
	_, err := itemsOf(t, Items(source.Remote{
		URL: "http://s.test/{id}", Items: "data", Pages: &follow.Pages{Next: "next"},
	}, leading{}))
	require.ErrorContains(t, err, "leads to another host")
}

// slowly is a transport that takes a while for each page.
type slowly struct{ *book }

// RoundTrip implements http.RoundTripper.
func (s slowly) RoundTrip(r *http.Request) (*http.Response, error) {
	select {
	case <-time.After(time.Second):
		return s.book.RoundTrip(r)
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
}

// TestAllPagesHaveTheTimeOfOneReading: a list of many slow pages is not read for ever.
func TestAllPagesHaveTheTimeOfOneReading(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begun := time.Now()
		_, err := itemsOf(t, Items(source.Remote{
			URL: "http://s.test/{id}", Items: "data", Pages: &follow.Pages{Next: "next"},
		}, slowly{&book{items: 90, size: 1, next: "next"}}))
		var late *elsewhere.SlowError
		require.ErrorAs(t, err, &late)
		require.Equal(t, "http.timeout", late.Setting())
		require.Equal(t, 5*time.Second, time.Since(begun))
	})
}
