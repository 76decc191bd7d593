package calibrate

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"github.com/idemcheck/idemcheck/harness/plan"
	"github.com/idemcheck/idemcheck/internal/lists"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// reducedSchema is the version of the form in which a calibration is committed.
const reducedSchema = "idemcheck/baseline/v1"

// reduced is a calibration as it is committed: what CI compares, what a pass is worth, and the
// tables, in a line for each bug, run and variant. It has no counterexamples, which the pages of
// the bugs show, and no totals, which follow from the rest.
type reduced struct {
	Schema    string          `json:"schema"`
	World     string          `json:"world"`
	Seeds     []uint64        `json:"seeds"`
	Cases     int             `json:"cases"`
	Starved   bool            `json:"starved"`
	Search    plan.Search     `json:"search"`
	Matrix    bool            `json:"matrix"`
	Scenarios []string        `json:"scenarios"`
	Bugs      []bugRow        `json:"bugs"`
	Runs      []runRow        `json:"runs"`
	Variants  []VariantResult `json:"variants"`
}

// bugRow is a bug without its runs.
type bugRow struct {
	Name     string    `json:"name"`
	Family   string    `json:"family"`
	Rules    []string  `json:"rules"`
	Unfit    string    `json:"unfit,omitempty"`
	Smallest *Smallest `json:"smallest"`
	Matrix   []cellRow `json:"matrix"`
}

// runRow is a run of a bug. Its needs are in the order of the scenarios, and 0 for one that did not
// find the bug.
type runRow struct {
	Bug     string     `json:"bug"`
	Seed    uint64     `json:"seed"`
	First   *Detection `json:"first"`
	Other   *Detection `json:"other,omitempty"`
	Seconds float64    `json:"seconds,omitempty"`
	Needs   []int      `json:"needs"`
}

// cellRow is written as "SCENARIO RULE CASES ATTEMPTS OPERATIONS/ATTEMPTS/FAULTS", without the last
// part when the counterexample did not come up again.
type cellRow Cell

// MarshalText implements encoding.TextMarshaler.
func (c cellRow) MarshalText() ([]byte, error) {
	text := fmt.Appendf(nil, "%s %s %d %d", c.Scenario, c.Rule, c.Cases, c.Attempts)
	if c.Smallest != nil {
		text = fmt.Appendf(text, " %s", c.Smallest)
	}
	return text, nil
}

// UnmarshalText implements encoding.TextUnmarshaler.
func (c *cellRow) UnmarshalText(text []byte) error {
	in := bytes.NewReader(text)
	if _, err := fmt.Fscan(in, &c.Scenario, &c.Rule, &c.Cases, &c.Attempts); err != nil {
		return fmt.Errorf("reading the cell %q: %w", text, err)
	}
	if in.Len() == 0 {
		return nil
	}
	s := &verdict.Size{}
	if _, err := fmt.Fscanf(in, " %d/%d/%d", &s.Operations, &s.Attempts, &s.Faults); err != nil {
		return fmt.Errorf("reading the size in the cell %q: %w", text, err)
	}
	c.Smallest = s
	return nil
}

// baseline writes a calibration in the form in which it is committed.
func baseline(w io.Writer, d *Calibration) error {
	r, err := reduce(d)
	if err != nil {
		return err
	}
	p := &printer{w: w}
	p.say("{\n")
	for _, f := range []field{
		{"schema", r.Schema},
		{"world", r.World},
		{"seeds", r.Seeds},
		{"cases", r.Cases},
		{"starved", r.Starved},
		{"search", r.Search},
		{"matrix", r.Matrix},
		{"scenarios", r.Scenarios},
	} {
		p.say(" %q: %s,\n", f.name, compact(p, f.value))
	}
	list(p, "bugs", r.Bugs)
	p.say(",\n")
	list(p, "runs", r.Runs)
	p.say(",\n")
	list(p, "variants", r.Variants)
	p.say("\n}\n")
	return p.err
}

// field is what fits in one line of the committed form.
type field struct {
	name  string
	value any
}

// list writes a list with a line for each of its rows.
func list[Row any](p *printer, name string, rows []Row) {
	p.say(" %q: [", name)
	for i, row := range rows {
		if i > 0 {
			p.say(",")
		}
		p.say("\n  %s", compact(p, row))
	}
	p.say("\n ]")
}

// compact returns a value as JSON in one line.
func compact(p *printer, value any) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(value); err != nil && p.err == nil {
		p.err = fmt.Errorf("writing a baseline: %w", err)
	}
	return string(bytes.TrimRight(b.Bytes(), "\n"))
}

// reduce leaves out what is not committed. The error says that a scenario found a bug that is not
// among those of the document.
func reduce(d *Calibration) (*reduced, error) {
	out := &reduced{
		Schema: reducedSchema, World: d.World, Seeds: d.Seeds, Cases: d.Cases, Starved: d.Starved,
		Search: d.Search, Matrix: d.Matrix, Scenarios: d.Scenarios, Variants: d.Variants,
	}
	for i := range d.Bugs {
		b := &d.Bugs[i]
		out.Bugs = append(out.Bugs, rowOf(b))
		for _, r := range b.Runs {
			needs, err := inOrder(r.Needs, d.Scenarios)
			if err != nil {
				return nil, fmt.Errorf("reducing what was measured of %s: %w", b.Name, err)
			}
			out.Runs = append(out.Runs, runRow{b.Name, r.Seed, r.First, r.Other, r.Seconds, needs})
		}
	}
	return out, nil
}

// rowOf is the row of a bug.
func rowOf(b *BugResult) bugRow {
	return bugRow{
		Name: b.Name, Family: b.Family, Rules: b.Rules, Unfit: b.Unfit, Smallest: b.Smallest.reduced(),
		Matrix: append([]cellRow{}, lists.Map(b.Matrix, func(c Cell) cellRow { return cellRow(c) })...),
	}
}

// reduced is a counterexample without what its page shows.
func (s *Smallest) reduced() *Smallest {
	if s == nil {
		return nil
	}
	out := *s
	out.Plan, out.History = nil, nil
	return &out
}

// inOrder lists needs in the order of the scenarios.
func inOrder(needs map[string]int, scenarios []string) ([]int, error) {
	out := make([]int, len(scenarios))
	for name, n := range needs {
		i := slices.Index(scenarios, name)
		if i < 0 {
			return nil, fmt.Errorf("scenario %q is none of the document's", name)
		}
		out[i] = n
	}
	return out, nil
}

// whole is the document that was reduced, without counterexamples. A run of a bug that has no row
// is left out.
func (r *reduced) whole() *Calibration {
	out := &Calibration{
		Schema: Schema, World: r.World, Seeds: r.Seeds, Cases: r.Cases, Starved: r.Starved,
		Search: r.Search, Matrix: r.Matrix, Scenarios: r.Scenarios, Variants: r.Variants,
	}
	for _, row := range r.Bugs {
		out.Bugs = append(out.Bugs, row.whole())
	}
	for _, row := range r.Runs {
		if b := out.Bug(row.Bug); b != nil {
			b.Runs = append(b.Runs, row.whole(r.Scenarios))
		}
	}
	out.Sum()
	return out
}

// whole is the bug without runs.
func (r *bugRow) whole() BugResult {
	return BugResult{
		Name: r.Name, Family: r.Family, Rules: r.Rules, Unfit: r.Unfit, Smallest: r.Smallest,
		Runs:   []Run{},
		Matrix: append([]Cell{}, lists.Map(r.Matrix, func(c cellRow) Cell { return Cell(c) })...),
	}
}

// whole is the run, with the needs of the scenarios that found the bug.
func (r *runRow) whole(scenarios []string) Run {
	out := Run{
		Seed: r.Seed, First: r.First, Other: r.Other, Seconds: r.Seconds, Needs: map[string]int{},
	}
	for i, name := range scenarios[:min(len(scenarios), len(r.Needs))] {
		if r.Needs[i] > 0 {
			out.Needs[name] = r.Needs[i]
		}
	}
	return out
}
