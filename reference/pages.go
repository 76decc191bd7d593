package reference

import (
	"embed"
	"fmt"
)

//go:embed pages/*.md
var pages embed.FS

// Explain returns the page of a seeded bug in Markdown: the mistake, how real code comes to it,
// what it breaks and how to fix it. The error says which name was probably meant when there is no
// such bug.
func Explain(bug string) (string, error) {
	if _, err := bugNamed(bug); err != nil {
		return "", fmt.Errorf("explaining a seeded bug: %w", err)
	}
	page, err := pages.ReadFile("pages/" + bug + ".md")
	if err != nil {
		return "", fmt.Errorf("explaining seeded bug %s: %w", bug, err)
	}
	return string(page), nil
}
