package nextpage

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// sizes are the names in a query by which services are told how many items a page has at most.
var sizes = [...]string{
	"limit", "per_page", "perpage", "page_size", "pagesize", "page[size]", "size", "max_results",
	"maxresults", "page_limit", "$top", "top",
}

// Only tells why an answer may be the first page of a longer list, where no pages are declared: it
// names another page in its header Link, or has as many items as its path asks for at most. It
// returns nil where it most likely is all there is. line is where pages are declared.
func Only(h http.Header, path string, items int, line string) error {
	if Header(h, "Link") != "" {
		return fmt.Errorf("the answer to %s names a next page in its header Link, and only the first is "+
			"read: write %s.pages: {header: Link}", path, line)
	}
	_, query, _ := strings.Cut(path, "?")
	asked, err := url.ParseQuery(query)
	if err != nil {
		return nil //nolint:nilerr // a query that nobody understands asks for nothing
	}
	for name, values := range asked {
		most, err := strconv.Atoi(values[0])
		if err == nil && most > 0 && items >= most && slices.Contains(sizes[:], strings.ToLower(name)) {
			return fmt.Errorf("the answer to %s has %d items, as many as it asks for at most, so there may "+
				"be more: say in %s.pages how the next page is asked for, or ask for more", path, items, line)
		}
	}
	return nil
}
