package calibrate

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"os"
)

//go:embed baseline.json
var committed []byte

// Committed is the calibration that this build was committed with: in memory, without seconds.
func Committed() (*Document, error) { return parse(committed, "the committed calibration") }

// Load reads a calibration that was saved as JSON.
func Load(path string) (*Document, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading a calibration: %w", err)
	}
	return parse(text, path)
}

func parse(text []byte, name string) (*Document, error) {
	var d Document
	if err := json.Unmarshal(text, &d); err != nil {
		return nil, fmt.Errorf("reading %s: it is no calibration: %w", name, err)
	}
	if d.Schema != Schema {
		return nil, fmt.Errorf("reading %s: its schema is %q and should be %q", name, d.Schema, Schema)
	}
	return &d, nil
}

// asJSON writes a calibration as one document; lists of lines stay lists, so that differences
// between two calibrations can be read.
func asJSON(w io.Writer, d *Document) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetIndent("", " ")
	enc.SetEscapeHTML(false)
	if err := enc.Encode(d); err != nil {
		return fmt.Errorf("writing a calibration as JSON: %w", err)
	}
	_, err := b.WriteTo(w)
	return err
}
