// Package nextpage finds where the next page of a list is, in an answer or in its headers.
package nextpage

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/idemcheck/idemcheck/model/follow"
	"github.com/idemcheck/idemcheck/model/value"
)

// Named is what a field of an answer says of the next page.
func Named(answer any, field string) string {
	if field == "" {
		return ""
	}
	switch next := value.Normal(value.Lookup(answer, field)).(type) {
	case nil, bool: // false where there is none
		return ""
	default:
		return value.Text(next)
	}
}

// Header is what a header says of the next page: <address>; rel="next".
func Header(h http.Header, name string) string {
	if name == "" {
		return ""
	}
	for _, line := range h.Values(name) {
		for one := range strings.SplitSeq(line, ",") {
			address, parameters, _ := strings.Cut(one, ";")
			address = strings.TrimSpace(address)
			if isNext(parameters) && strings.HasPrefix(address, "<") && strings.HasSuffix(address, ">") {
				return strings.Trim(address, "<>")
			}
		}
	}
	return ""
}

// isNext reports whether the parameters of a link say that it leads to the next page.
func isNext(parameters string) bool {
	for one := range strings.SplitSeq(parameters, ";") {
		name, rel, _ := strings.Cut(one, "=")
		words := strings.Fields(strings.Trim(strings.TrimSpace(strings.ToLower(rel)), `"`))
		if strings.EqualFold(strings.TrimSpace(name), "rel") && slices.Contains(words, "next") {
			return true
		}
	}
	return false
}

// WithQuery adds a value to the query of a path.
func WithQuery(path, name, v string) string {
	before := "?"
	if strings.Contains(path, "?") {
		before = "&"
	}
	return path + before + url.QueryEscape(name) + "=" + url.QueryEscape(v)
}

// errElsewhere is an address that leads away from the host of the list.
var errElsewhere = errors.New("it leads to another host, and nobody goes there: say how pages " +
	"are asked for by pages.query")

// Linked is the path below the base of a host to which the answer to a path leads.
func Linked(base *url.URL, path, next string) (string, error) {
	from, err := url.Parse(strings.TrimSuffix(base.EscapedPath(), "/") + path)
	if err != nil {
		return "", err
	}
	to, err := from.Parse(next)
	if err != nil {
		return "", fmt.Errorf("the address %.100q of the next page: %w", next, err)
	}
	if to.Host != "" && !strings.EqualFold(to.Host, base.Host) {
		return "", fmt.Errorf("the address %.100q of the next page: %w", next, errElsewhere)
	}
	return strings.TrimPrefix(to.RequestURI(), strings.TrimSuffix(base.EscapedPath(), "/")), nil
}

// Asked is how pages are asked for, below the base of a target.
type Asked struct {
	Base  *url.URL
	Pages follow.Pages
}

// At is the path of a page, from the path of the list.
func (a Asked) At(path string, n int, next string) (string, error) {
	switch {
	case a.Pages.Counts():
		return WithQuery(path, a.Pages.Query, strconv.Itoa(a.Pages.Number(n))), nil
	case n == 0:
		return path, nil
	case a.Pages.Cursor != "":
		return WithQuery(path, a.Pages.Query, next), nil
	}
	return Linked(a.Base, path, next)
}

// itemsOf are the items of a page.
func (l PagedList) itemsOf(answer any) ([]any, error) {
	found := value.Lookup(answer, l.Items)
	list, isList := found.([]any)
	if !isList && found != nil {
		return nil, fmt.Errorf("the answer to %s has no list at %q (%s.items)", l.Name, l.Items, l.Line)
	}
	return list, nil
}
