package judge

import (
	"embed"
	"fmt"
	"strings"
)

//go:embed pages/*.md
var pages embed.FS

// Explain returns the page of a rule in Markdown: why it matters, how it looks on the wire, usual
// causes and fixes, and where it is easily taken for another rule what tells them apart (see
// [Decisions]). The error says that there is none of that name.
func Explain(rule string) (string, error) {
	page, err := pages.ReadFile("pages/" + rule + ".md")
	if err != nil {
		return "", fmt.Errorf(
			"explaining rule %q: there is no such rule; try `idemcheck list rules`", rule)
	}
	return string(page) + decided(rule), nil
}

// Why returns the first paragraph of a rule's "Why it matters".
func Why(rule string) string {
	page, _ := Explain(rule) // without one there is no reason to cut out
	_, rest, _ := strings.Cut(page, "## Why it matters\n")
	para, _, _ := strings.Cut(strings.TrimSpace(rest), "\n\n")
	return strings.Join(strings.Fields(para), " ")
}
