package reference

import (
	"embed"
	"fmt"
)

//go:embed pages/*.md
var pages embed.FS

// Explain returns the page of a seeded bug in Markdown: the mistake, how it happens, what it breaks
// and how to fix it. The error says how to list the bugs when there is none of that name.
func Explain(name string) (string, error) {
	page, err := pages.ReadFile("pages/" + name + ".md")
	if err != nil {
		return "", fmt.Errorf("explaining seeded bug %q: it has no page; try `idemcheck list bugs`", name)
	}
	return string(page), nil
}
