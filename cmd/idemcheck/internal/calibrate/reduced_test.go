package calibrate

import (
	"bytes"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/notation"
)

// reduceAndRead writes a document as a baseline and reads it again.
func reduceAndRead(t *testing.T, d *Calibration) (text string, back *Calibration) {
	t.Helper()
	var out bytes.Buffer
	require.NoError(t, Writer("baseline")(&out, d))
	back, err := parse(out.Bytes(), "it")
	require.NoError(t, err)
	return out.String(), back
}

func TestABaselineLeavesOutCounterexamplesOnly(t *testing.T) {
	d := document()
	d.Bugs[0].Matrix = append(d.Bugs[0].Matrix, Cell{Detection{"concurrent-clients", "stuck-key", 2, 9}, nil})
	d.Bugs[1].Runs[1].Other = &Detection{"concurrent-clients", "key-ignored", 3, 7}
	d.Bugs[1].Runs[1].Seconds = 0.25
	d.Bugs = append(d.Bugs, BugResult{Name: "night", Unfit: "memory only", Runs: []Run{}, Matrix: []Cell{}})
	d.Totals = Totals{}
	d.Sum()
	text, back := reduceAndRead(t, d)
	d.Bugs[0].Smallest.Plan, d.Bugs[0].Smallest.History = nil, nil
	require.Equal(t, d, back)
	require.Contains(t, text, `"matrix":["slow stuck-key 4 20 1/2/0","concurrent-clients stuck-key 2 9"]`)
	require.Contains(t, text, "\n  {\"bug\":\"key-ignored\",\"seed\":2,")
	require.NotContains(t, text, "0s invoke a.1")
	again, _ := reduceAndRead(t, back)
	require.Equal(t, text, again)
}

func TestWhatIsNoBaselineIsRefused(t *testing.T) {
	d := document()
	d.Bugs[0].Runs[0].Needs["elsewhere"] = 1
	require.ErrorContains(t, Writer("baseline")(&bytes.Buffer{}, d), `scenario "elsewhere"`)
	for cell, says := range map[string]string{
		"slow stuck-key 4":        "reading the cell",
		"slow stuck-key 4 20 1/2": "reading the size in the cell",
	} {
		text := `{"schema":"idemcheck/baseline/v1","bugs":[{"matrix":["` + cell + `"]}]}`
		_, err := parse([]byte(text), "it")
		require.ErrorContains(t, err, says)
	}
}

func TestCounterexamplesAreReadFromThePages(t *testing.T) {
	d := document()
	d.Bugs = d.Bugs[:1]
	d.Bugs[0].Family = "claiming"
	want := *d.Bugs[0].Smallest
	pages, err := d.BugPages()
	require.NoError(t, err)
	folder := fstest.MapFS{"bugs/claiming.md": {Data: []byte(pages["claiming.md"])}}

	_, back := reduceAndRead(t, d)
	require.NoError(t, back.recall(folder))
	require.Equal(t, want, *back.Bugs[0].Smallest)

	back.Bugs[0].Name = "check-then-act" // it has no section
	require.NoError(t, back.recall(folder))
	page, err := back.Page("check-then-act")
	require.NoError(t, err)
	require.NotContains(t, page, smallestHeading)
	require.ErrorContains(t, back.recall(fstest.MapFS{}), "reading the counterexample of check-then-act")
}

// TestCommittedCounterexamplesAreShown: the pages are all that is kept of them.
func TestCommittedCounterexamplesAreShown(t *testing.T) {
	d, err := Committed()
	require.NoError(t, err)
	for _, b := range d.Bugs {
		require.NotNil(t, b.Smallest, b.Name)
		require.NotEmpty(t, b.Smallest.Plan, b.Name)
		h, err := notation.Parse(strings.Join(b.Smallest.History, "\n"))
		require.NoError(t, err, b.Name)
		require.Len(t, h.Operations, b.Smallest.Operations, b.Name)
		attempts := 0
		for _, e := range h.Events {
			if e.Kind == model.Invoke {
				attempts++
			}
		}
		require.Equal(t, b.Smallest.Attempts, attempts, b.Name)
	}
}
