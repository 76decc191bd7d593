package calibrate

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/idemcheck/idemcheck/docs"
)

//go:embed baseline.json
var committed []byte

// Committed is the calibration that this build was committed with: in memory, without seconds. Its
// counterexamples are those of the pages.
func Committed() (*Calibration, error) {
	d, err := parse(committed, "the committed calibration")
	if err != nil {
		return nil, err
	}
	return d, d.recall(docs.Bugs)
}

// Load reads a calibration that was saved as JSON, whole or as a baseline.
func Load(path string) (*Calibration, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading a calibration: %w", err)
	}
	return parse(text, path)
}

func parse(text []byte, name string) (*Calibration, error) {
	var form struct {
		Schema string `json:"schema"`
	}
	err := json.Unmarshal(text, &form)
	switch {
	case err != nil:
	case form.Schema == Schema:
		var d Calibration
		if err = json.Unmarshal(text, &d); err == nil {
			return &d, nil
		}
	case form.Schema == reducedSchema:
		var r reduced
		if err = json.Unmarshal(text, &r); err == nil {
			return r.whole(), nil
		}
	default:
		return nil, fmt.Errorf("reading %s: its schema is %q and should be %q or %q",
			name, form.Schema, Schema, reducedSchema)
	}
	return nil, fmt.Errorf("reading %s: it is no calibration: %w", name, err)
}

// asJSON writes a calibration as one document; lists of lines stay lists, so that differences
// between two calibrations can be read.
func asJSON(w io.Writer, d *Calibration) error {
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
