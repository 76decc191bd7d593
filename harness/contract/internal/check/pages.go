package check

import (
	"strings"

	"github.com/idemcheck/idemcheck/harness/contract/internal/problem"
	"github.com/idemcheck/idemcheck/model/follow"
	"github.com/idemcheck/idemcheck/model/source"
)

// waysOfPages shows how pages can be declared.
const waysOfPages = "write one of `pages: {next: links.next}`, `pages: {header: Link}`, " +
	"`pages: {query: page, from: 1, size: 20}` and `pages: {cursor: meta.next, query: cursor}`"

// remotePages checks how a list of another service goes on, if a place is one.
func remotePages(k *checker, path []string, o *source.Origin) {
	if o != nil && o.HTTP != nil && o.HTTP.Pages != nil {
		checkPages(k, problem.Below(path, "http", "pages"), *o.HTTP.Pages, o.HTTP.URL)
	}
}

// checkPages checks how a list at a path goes on.
func checkPages(k *checker, path []string, p follow.Pages, list string) {
	ways := 0
	for _, used := range []bool{p.Next != "", p.Header != "", p.Query != ""} {
		if used {
			ways++
		}
	}
	_, query, _ := strings.Cut(list, "?")
	switch {
	case ways != 1:
		k.wrong(path, waysOfPages, "it does not say in one way how the next page is asked for")
	case p.Cursor != "" && p.Query == "":
		k.wrong(problem.Below(path, "cursor"), "add `query: NAME`, the name in the query that takes it",
			"nothing says how the cursor is sent")
	case !p.Counts() && (p.From != nil || p.Step != 0 || p.Size != 0):
		k.wrong(path, "leave them out, or write `pages: {query: page, from: 1, size: 20}`",
			"from, step and size belong to pages that are counted")
	case p.From != nil && *p.From < 0 || p.Step < 0 || p.Size < 0:
		k.wrong(path, "write numbers from 0 on", "from, step and size count something")
	case p.Query != "" && strings.Contains("&"+query, "&"+p.Query+"="):
		k.wrong(problem.Below(path, "query"), "leave it out of the path",
			"the path of the list has %q already", p.Query)
	case p.Header != "":
		k.header(problem.Below(path, "header"), p.Header, "")
	}
}
