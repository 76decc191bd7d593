// Package files saves plans, histories and verdicts, and reads them back.
package files

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"

	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/value"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// ReadError is a file that cannot be used, with what to do next.
type ReadError struct {
	Path string
	Err  error
	// Advice says what to do next.
	Advice string
}

// Error says which file, why, and what to do next.
func (e *ReadError) Error() string {
	return fmt.Sprintf("reading %s: %v\n  next: %s", e.Path, e.Err, e.Advice)
}

// Unwrap returns the cause.
func (e *ReadError) Unwrap() error { return e.Err }

// errVersion is a file of another version.
var errVersion = errors.New("unknown version")

// SavePlan writes a plan. It writes beside the file and renames, so that nobody ever sees half a
// plan.
func SavePlan(path string, p *model.Plan) error { return saveJSON(path, p) }

// SaveVerdict writes a verdict.
func SaveVerdict(path string, v verdict.Verdict) error { return saveJSON(path, v) }

func saveJSON(path string, v any) error {
	out, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return fmt.Errorf("encoding %s: %w", path, err)
	}
	return Write(path, append(out, '\n'))
}

// Write writes a whole file at once, making its folder: it writes under a temporary name and
// renames.
func Write(path string, content []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("making the folder of %s: %w", path, err)
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), ".idemcheck-*")
	if err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	_, err = tmp.Write(content)
	err = errors.Join(err, tmp.Chmod(0o644), tmp.Close())
	if err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	if err != nil {
		_ = os.Remove(tmp.Name()) // the write itself already failed and is reported
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return nil
}

// MakeFolder makes a folder that was not there before: where the name is taken it adds a number. It
// returns its path.
func MakeFolder(path string) (string, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return "", fmt.Errorf("making the folder of %s: %w", path, err)
	}
	for n, free := 2, path; ; n++ {
		err := os.Mkdir(free, 0o755)
		if err == nil {
			return free, nil
		}
		if !errors.Is(err, fs.ErrExist) {
			return "", fmt.Errorf("making a folder: %w", err)
		}
		free = fmt.Sprintf("%s-%d", path, n)
	}
}

// LoadPlan reads a plan. A missing, cut or foreign file is a [*ReadError].
func LoadPlan(path string) (*model.Plan, error) {
	var p model.Plan
	err := loadJSON(path, &p, "draw a plan with `idemcheck run --out FOLDER`, "+
		"or give the plan.json of a counterexample")
	if err != nil {
		return nil, err
	}
	if p.Schema != model.PlanSchema {
		return nil, wrongVersion(path, p.Schema, model.PlanSchema)
	}
	for i := range p.Cases {
		if err := checkCase(&p.Cases[i]); err != nil {
			return nil, &ReadError{path, err, "draw the plan again; this one was edited by hand or cut"}
		}
		for _, op := range p.Cases[i].Operations {
			normalise(op.Args)
		}
	}
	if len(p.Cases) == 0 {
		return nil, &ReadError{path, errors.New("the plan has no case"), "draw the plan again"}
	}
	return &p, nil
}

// checkCase checks that a case can be driven: every fault has its attempt.
func checkCase(c *model.Case) error {
	if len(c.Operations) == 0 {
		return fmt.Errorf("case %d has no operation", c.Index)
	}
	for _, f := range c.Faults {
		op := c.Operation(f.Operation)
		if op == nil || f.Attempt < 1 || max(f.Copies, 1)-1 > len(op.Attempts)-f.Attempt {
			return fmt.Errorf("case %d: %s is at %s.%d, which is not planned",
				c.Index, f.Kind, f.Operation, f.Attempt)
		}
	}
	return nil
}

// LoadVerdict reads a verdict.
func LoadVerdict(path string) (verdict.Verdict, error) {
	var v verdict.Verdict
	if err := loadJSON(path, &v, "give the verdict.json of an earlier run"); err != nil {
		return v, err
	}
	if v.Schema != verdict.Schema {
		return v, wrongVersion(path, v.Schema, verdict.Schema)
	}
	return v, nil
}

// wrongVersion is the error of a file this version of the tool cannot read.
func wrongVersion(path, got, want string) error {
	if got == "" {
		got = "no schema"
	}
	is, needed := kindOf(got), kindOf(want)
	if is != "" && is != needed {
		name := needed + ".json"
		if want == model.HistorySchema {
			name += "l"
		}
		return &ReadError{
			path, fmt.Errorf("it is a %s and not a %s", is, needed),
			"give the " + name + " of an earlier run",
		}
	}
	return &ReadError{
		path, fmt.Errorf("%w: it says %q and this idemcheck reads %q", errVersion, got, want),
		"use the idemcheck that wrote it, or run again to get a new one",
	}
}

// kindOf is what a schema of ours describes, such as "plan"; "" for others.
func kindOf(schema string) string {
	for _, kind := range []string{"plan", "history", "verdict"} {
		if strings.HasPrefix(schema, "idemcheck/"+kind+"/") {
			return kind
		}
	}
	return ""
}

// loadJSON reads one JSON document.
func loadJSON(path string, into any, advice string) error {
	content, err := os.ReadFile(path)
	if err != nil {
		return &ReadError{path, plainCause(err), advice}
	}
	dec := json.NewDecoder(bytes.NewReader(content))
	dec.UseNumber() // large identifiers must keep their last digits
	if err := dec.Decode(into); err != nil {
		return &ReadError{path, broken(err, len(content)), advice}
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return &ReadError{path, errors.New("something follows the JSON document"), advice}
	}
	return nil
}

// normalise gives the numbers in a map the types that they had before they were saved.
func normalise(values map[string]any) {
	for name, v := range values {
		values[name] = value.Normal(v)
	}
}

// plainCause leaves out the path, which the message already has, and names of types of ours.
func plainCause(err error) error {
	if p, ok := errors.AsType[*os.PathError](err); ok {
		return p.Err
	}
	if m, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return mistyped(m)
	}
	return err
}

// mistyped says in JSON's words which value is of another type than needed: the error's own words
// name types of ours.
func mistyped(m *json.UnmarshalTypeError) error {
	is := "a " + m.Value
	if m.Value == "array" || m.Value == "object" {
		is = "an " + m.Value
	}
	return fmt.Errorf("%s must be %s, but is %s", cmp.Or(m.Field, "it"), typeInJSON(m.Type), is)
}

func typeInJSON(t reflect.Type) string {
	switch t.Kind() {
	case reflect.String:
		return "a string"
	case reflect.Bool:
		return "a bool"
	case reflect.Slice, reflect.Array:
		return "an array"
	case reflect.Struct, reflect.Map:
		return "an object"
	case reflect.Float32, reflect.Float64:
		return "a number"
	}
	return "a whole number"
}

// broken says where JSON goes wrong.
func broken(err error, size int) error {
	var syntax *json.SyntaxError
	switch {
	case errors.Is(err, io.EOF):
		return errors.New("the file is empty")
	case errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("the file ends in the middle of JSON (after %d bytes): it was cut off", size)
	case errors.As(err, &syntax):
		return fmt.Errorf("it is not JSON at byte %d: %w", syntax.Offset, err)
	}
	return fmt.Errorf("it is not what was expected: %w", plainCause(err))
}
