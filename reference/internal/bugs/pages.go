package bugs

import "embed"

//go:embed pages/*.md
var pages embed.FS

// Page returns what is written about a bug in Markdown.
func Page(bug string) (string, error) {
	page, err := pages.ReadFile("pages/" + bug + ".md")
	return string(page), err
}
