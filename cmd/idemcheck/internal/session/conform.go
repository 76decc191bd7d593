package session

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/exit"
	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/latency"
	"github.com/idemcheck/idemcheck/harness/conformance"
	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/reports"
)

// asking shows how far a conformance run is; nothing of it is saved.
type asking struct{ watch }

// Save implements [campaign.Observer].
func (asking) Save(*model.History) error { return nil }

// Grow implements [campaign.Observer].
func (asking) Grow(*model.Plan) error { return nil }

// Want implements [campaign.Observer].
func (asking) Want(model.Case) bool { return true }

// Conform asks the service for everything that its contract promises, and shows a table. What is
// recommended only counts where strict says so.
func Conform(ctx context.Context, s *Session, strict bool) (err error) {
	if s.Flags.readOnly {
		return lookOnly(ctx, s, nil)
	}
	t, err := s.reach(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, t.Close()) }()
	s.started, s.waits = time.Now(), latency.New()
	bar := s.NewProgress(s.Flags.quiet)
	table, err := conformance.Run(ctx, conformance.Options{
		Contract: t.Contract, Secrets: contract.Secrets(s.Contract, s.Env),
		Place:    t.Site(),
		Observer: &asking{watch{bar: bar}}, Parallel: s.Flags.parallel,
	})
	bar.Clear()
	switch {
	case err != nil:
		return s.explainFailure(err)
	case ctx.Err() != nil:
		return fmt.Errorf("asking the service: %w", context.Cause(ctx))
	case len(table.Rows) == 0: // the warm-up showed that nothing would mean anything
		s.place(&table.Verdict)
		s.Code = exit.Of(table.Verdict)
		doc := reports.Document{
			Verdict: table.Verdict, Contract: *contract.Redacted(s.Contract), Target: s.TargetURL,
			Elapsed: table.Elapsed,
		}
		return s.Render(doc, s.Flags.Format, s.Flags.ASCII)
	}
	s.Code = codeOf(table.Worst(), strict)
	if s.Flags.Format == textFormat {
		return showTable(s, table)
	}
	enc := json.NewEncoder(s.Out)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(table)
}

// codeOf is the exit code of a table.
func codeOf(worst conformance.Status, strict bool) int {
	switch {
	case worst == conformance.Violated, worst == conformance.Diverged && strict:
		return exit.Invalid
	case worst == conformance.Undecided:
		return exit.Unknown
	}
	return exit.Valid
}

// showTable shows a line for every row, and how many there are of which status.
func showTable(s *Session, table *conformance.Table) error {
	var rows [][]string
	count := map[conformance.Status]int{}
	for _, r := range table.Rows {
		count[r.Status]++
		says := r.Says
		if says == "" {
			says = r.Asks
		}
		if len(r.Rules) > 0 {
			says = strings.Join(r.Rules, ", ") + ": " + says
		}
		if r.Line != "" {
			says += " (if this is meant: " + r.Line + ")"
		}
		oneLine := strings.ReplaceAll(reports.Visible(says), "\n", " ")
		rows = append(rows, []string{r.Name, string(r.Status), fmt.Sprint(r.Cases), oneLine})
	}
	if err := reports.Table(s.Out, []string{"ROW", "STATUS", "CASES", "SEEN"}, rows); err != nil {
		return err
	}
	var counts []string
	for _, status := range conformance.Statuses() {
		if n := count[status]; n > 0 {
			counts = append(counts, fmt.Sprintf("%d %s", n, status))
		}
	}
	_, err := fmt.Fprintf(s.Out, "\n%s\n", strings.Join(counts, ", "))
	return err
}
