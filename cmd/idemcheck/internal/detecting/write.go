package detecting

import (
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/harness/contract/lines"
	"github.com/idemcheck/idemcheck/harness/detect"
	"github.com/idemcheck/idemcheck/harness/files"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/reports"
)

// propose shows which lines of the contract would be written, and writes them if asked to.
func propose(o Options, got *detect.Findings) error {
	src, err := os.ReadFile(o.File)
	if err != nil {
		return fmt.Errorf("reading the contract again: %w", err)
	}
	mended := mend(o, src, got)
	diff := mended.Diff()
	showLines(o.Streams.Out, "── "+o.File, diff)
	var left []string
	for _, c := range mended.Left {
		above := c.Path[:len(c.Path)-1]
		left = append(left, "  "+strings.Join(slices.Concat(above, []string{c.Line}), "."))
	}
	showLines(o.Streams.Out, "to write by hand:", left)
	switch {
	case len(diff) == 0:
		return nil
	case !o.Write:
		_, err := fmt.Fprintf(o.Streams.Out, "\nto write this: %s conformance %s --detect --write\n",
			o.Streams.Program, o.File)
		return err
	}
	if err := files.Write(o.File, mended.After); err != nil {
		return fmt.Errorf("writing the contract: %w", err)
	}
	_, err = fmt.Fprintf(o.Streams.Out, "\nwrote %s: read it, and check it with `%s check %s`\n",
		o.File, o.Streams.Program, o.File)
	return err
}

// showLines shows some lines under a title; nothing without any.
func showLines(out io.Writer, title string, rows []string) {
	if len(rows) == 0 {
		return
	}
	fmt.Fprintf(out, "\n%s\n", title)
	for _, row := range rows {
		fmt.Fprintln(out, reports.Visible(row))
	}
}

// mend writes into a contract the name of the dialect, and then the lines in which it still says
// something else than what was seen, or nothing.
func mend(o Options, src []byte, got *detect.Findings) lines.Mended {
	named, left := withDialect(o, src, toName(got, o.Contract))
	says, err := contract.Parse(o.File, named)
	if err != nil { // a contract of several files: nothing is written into those
		says = o.Contract
	}
	var further []lines.Change
	for _, k := range got.Lines(says) {
		path := strings.Split(k.Line, ".")
		further = append(further, lines.Change{
			Path: path, Line: path[len(path)-1] + ": " + k.Value,
		})
	}
	out := lines.Mend(o.File, named, further)
	return lines.Mended{Before: src, After: out.After, Left: slices.Concat(left, out.Left)}
}

// toName is the dialect that the contract is to name: the nearest one, where there is one alone
// which allows more of what was seen than it does not. "" leaves the line as it is.
func toName(got *detect.Findings, c *model.Contract) string {
	nearest := got.Dialects[0]
	if slices.Contains(got.Nearest, c.Dialect) || len(got.Nearest) > 1 ||
		nearest.Alike <= nearest.Distance {
		return ""
	}
	return nearest.Dialect
}

// version is the line below which the dialect is written where none is named.
var version = regexp.MustCompile(`(?m)^version:.*$`)

// withDialect is a contract that names a dialect, or what somebody has to write by hand.
func withDialect(o Options, src []byte, name string) ([]byte, []lines.Change) {
	change := lines.Change{Path: []string{"dialect"}, Line: "dialect: " + name}
	if name == "" {
		return src, nil
	}
	if mended := lines.Mend(o.File, src, []lines.Change{change}); len(mended.Left) == 0 {
		return mended.After, nil
	}
	at := version.FindIndex(src)
	if at == nil {
		return src, []lines.Change{change}
	}
	out := slices.Concat(src[:at[1]], []byte("\n"+change.Line), src[at[1]:])
	if _, err := contract.Parse(o.File, out); err != nil {
		return src, []lines.Change{change}
	}
	return out, nil
}
