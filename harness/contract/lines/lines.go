// Package lines finds lines of a contract in its files, and writes others in their place.
package lines

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/idemcheck/idemcheck/harness/contract/internal/document"
)

// Lines are those of a contract file and of the files that it includes.
type Lines struct{ files *document.Files }

// Load reads the contract file at path.
func Load(path string) (*Lines, error) {
	src, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading the lines of a contract: %w", err)
	}
	files, err := document.Read(path, src, filepath.Dir(path))
	return &Lines{files}, err
}

// Parse reads a contract that includes no files; name is what its places begin with.
func Parse(name string, src []byte) (*Lines, error) {
	files, err := document.Read(name, src, "")
	return &Lines{files}, err
}

// Position is where something is in a file.
type Position struct {
	File         string
	Line, Column int
}

// String returns file, line and column, such as "idemcheck.yaml:12:5".
func (p Position) String() string { return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column) }

// Of returns where something stands in the contract, by its path. Of what is not written it is the
// nearest line above.
func (l *Lines) Of(path ...string) Position {
	e := l.files.Place(path)
	return Position{e.File, e.Line, e.Column}
}
