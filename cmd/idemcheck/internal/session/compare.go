package session

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/exit"
	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/reach"
	"github.com/idemcheck/idemcheck/harness/campaign"
	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/harness/contract/lines"
	"github.com/idemcheck/idemcheck/harness/files"
	"github.com/idemcheck/idemcheck/model/verdict"
	"github.com/idemcheck/idemcheck/reports"
)

// Compare compares the contract of a session with the service, without any fault, and reports.
// Lines that are proposed are written if asked to; nothing else is saved.
func Compare(ctx context.Context, s *Session, write bool) (err error) {
	if s.Flags.readOnly {
		return lookOnly(ctx, s, nil)
	}
	t, err := s.reach(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, t.Close()) }()
	begin(s)
	bar := s.NewProgress(s.Flags.quiet)
	within, end := t.Agreeing(ctx)
	defer end()
	checked, err := campaign.Check(within, campaign.Options{
		Contract: t.Contract, Secrets: contract.Secrets(s.Contract, s.Env), RunID: s.runID,
		Place:    t.Site(),
		Observer: &watch{bar: bar},
		Limits:   campaign.Limits{Parallel: s.Flags.parallel},
	})
	bar.Clear()
	if err = cmp.Or(t.Disagreement(), err); err != nil {
		return s.explainFailure(err)
	}
	s.place(&checked.Verdict)
	s.Code = exit.Of(checked.Verdict)
	if err := reportCheck(s, checked); err != nil || s.Flags.Format != textFormat {
		return err
	}
	return proposeLines(s, checked.Verdict.Mistakes, write)
}

// textFormat is the format for people.
const textFormat = "text"

// reportCheck shows what was learnt.
func reportCheck(s *Session, c *campaign.Checked) error {
	if s.Flags.Format == textFormat && c.Verdict.Verdict == verdict.Valid {
		fmt.Fprintln(s.Out, "✓ the contract describes the service")
		showLearnt(s, c)
		for _, n := range s.notes {
			fmt.Fprintf(s.Out, "note: %s\n", n)
		}
		return nil
	}
	doc := reports.Document{
		Verdict: c.Verdict, Contract: *contract.Redacted(s.Contract),
		Target: reach.WithoutUser(s.TargetURL), Elapsed: c.Elapsed,
		Notes: slices.Concat(s.notes, c.Notes),
	}
	doc.Contract.Target.URL = doc.Target
	if err := s.Render(doc, s.Flags.Format, s.Flags.ASCII); err != nil {
		return err
	}
	if s.Flags.Format == textFormat {
		showLearnt(s, c)
	}
	return nil
}

// showLearnt shows how long operations take and how their repeats are answered.
func showLearnt(s *Session, c *campaign.Checked) {
	if len(c.Learnt) == 0 {
		return
	}
	rows := make([][]string, 0, len(c.Learnt))
	for _, l := range c.Learnt {
		rows = append(rows, []string{
			l.Type, reports.Visible(l.Took.Round(10 * time.Microsecond).String()), status(l.First),
			status(l.Repeat), marker(s, l.Marked), differing(l.Differing),
		})
	}
	header := []string{
		"operation", "took", "answer", "repeat", "marker", "fields that differ in the repeat",
	}
	fmt.Fprintln(s.Out)
	_ = reports.Table(s.Out, header, rows) // whoever took the lines above takes these
	if name, alike, all := contract.NearestDialect(s.Contract); name != "" {
		fmt.Fprintf(s.Out, "nearest dialect: %s (%d of the %d things that it declares)\n",
			name, alike, all)
	}
	for _, n := range append(c.Notes, tooSlow(s.Contract, c)...) {
		fmt.Fprintf(s.Out, "note: %s\n", reports.Visible(n))
	}
}

// status shows a status, "-" for none.
func status(n int) string {
	if n == 0 {
		return "-"
	}
	return fmt.Sprint(n)
}

// marker says whether a repeat has the marker that is declared.
func marker(s *Session, marked bool) string {
	switch {
	case s.Contract.Promises.ReplayMarker == nil:
		return "not declared"
	case marked:
		return "yes"
	}
	return "no"
}

// differing lists the fields of a repeat that differ.
func differing(fields []string) string {
	if len(fields) == 0 {
		return "none"
	}
	return reports.Visible(strings.Join(fields, ", "))
}

// proposeLines shows which lines of the contract would be written, and writes them if asked to.
func proposeLines(s *Session, mistakes []verdict.Mistake, write bool) error {
	var changes []lines.Change
	for _, m := range mistakes {
		if line, ok := m.NewLine(); ok {
			changes = append(changes, lines.Change{Path: m.Path, Line: line})
		}
	}
	file := s.Hint.Contract
	src, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("reading the contract again: %w", err)
	}
	mended := lines.Mend(file, src, changes)
	diff := mended.Diff()
	if len(diff) == 0 {
		return nil
	}
	fmt.Fprintf(s.Out, "\n── %s\n", file)
	for _, row := range diff {
		fmt.Fprintln(s.Out, reports.Visible(row))
	}
	if !write {
		_, err := fmt.Fprintf(s.Out, "\nto write this: %s check %s --write\n", s.Program, file)
		return err
	}
	if err := files.Write(file, mended.After); err != nil {
		return fmt.Errorf("writing the contract: %w", err)
	}
	_, err = fmt.Fprintf(s.Out, "\nwrote %s: check it again\n", file)
	return err
}
