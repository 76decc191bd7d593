// Package taskpage reads the contracts of the pages in docs/tasks, for the tests that run what
// readers copy.
package taskpage

import (
	"fmt"
	"os"
	"regexp"
)

// block is a contract as a page shows it.
var block = regexp.MustCompile("(?ms)^```yaml\n(.*?)^```$")

// Contract returns the text of the only contract of a page. The error says that the file cannot be
// read, or that it has none or several.
func Contract(path string) ([]byte, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading a page: %w", err)
	}
	found := block.FindAllSubmatch(content, -1)
	if len(found) != 1 {
		return nil, fmt.Errorf("%s has %d contracts and should have one", path, len(found))
	}
	return found[0][1], nil
}
