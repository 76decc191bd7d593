package detecting

import (
	"fmt"
	"slices"
	"strings"

	"github.com/idemcheck/idemcheck/harness/contract/dialect"
	"github.com/idemcheck/idemcheck/harness/detect"
	"github.com/idemcheck/idemcheck/reports"
)

// show shows what was seen as text, and the lines to write.
func show(o Options, got *detect.Findings) error {
	out := o.Streams.Out
	if got.Unknown != "" {
		_, err := fmt.Fprintf(out, "no dialect is named (%s)\n%s\n", requests(got),
			reports.Visible(got.Unknown))
		return err
	}
	nearest := got.Dialects[0]
	fmt.Fprintf(out, "nearest dialect: %s (distance %d, %d lines alike; operation %s, %s)\n",
		strings.Join(got.Nearest, " or "), nearest.Distance, nearest.Alike, got.Operation,
		requests(got))
	if len(got.Nearest) > 1 {
		fmt.Fprintln(out, "note: nothing that was seen tells them apart: name one yourself, as in "+
			"dialect: "+got.Nearest[0])
	}
	if lines := linesOf(got.Contract); len(lines) > 0 {
		fmt.Fprintf(out, "? the contract does not describe the service: %s\n", strings.Join(lines, ", "))
	}
	if o.runID != "" {
		fmt.Fprintf(out, "note: what was sent has the header X-Idemcheck-Run: %s\n", o.runID)
	}
	if d, known := dialect.Named(nearest.Dialect); known && len(got.Nearest) == 1 && d.Limits != "" {
		fmt.Fprintf(out, "note: %s: %s\n", d.Name, d.Limits)
	}
	fmt.Fprintln(out)
	if err := showSeen(o, got, nearest); err != nil {
		return err
	}
	showUnseen(o, got)
	showOthers(o, got)
	return propose(o, got)
}

func requests(got *detect.Findings) string {
	return fmt.Sprintf("%d of at most %d requests", got.Requests, detect.MaxRequests)
}

// showSeen shows a line for each line of the contract of which something was seen.
func showSeen(o Options, got *detect.Findings, nearest detect.Distance) error {
	var rows [][]string
	d, _ := dialect.Named(nearest.Dialect)
	for _, s := range got.Seen {
		rows = append(rows, []string{
			s.Line, reports.Visible(s.How),
			beside(o, s.Line, detect.Said(s.Line, d.Key, d.Promises), nearest),
			beside(o, s.Line, detect.Said(s.Line, o.Contract.Key, o.Contract.Promises), got.Contract),
		})
	}
	header := []string{"LINE", "SEEN", strings.ToUpper(nearest.Dialect), "CONTRACT"}
	return reports.Table(o.Streams.Out, header, rows)
}

// beside is what somebody says in a line, beside what was seen.
func beside(o Options, line, says string, far detect.Distance) string {
	differs := slices.ContainsFunc(far.Differs, func(d detect.Departure) bool {
		return d.Line == line
	})
	switch {
	case says == "":
		return "-"
	case !differs:
		return says
	case o.ASCII:
		return "!= " + says
	}
	return "≠ " + says
}

// showUnseen shows of which lines nothing was seen, grouped by the reason.
func showUnseen(o Options, got *detect.Findings) {
	fmt.Fprint(o.Streams.Out, "\nnot seen, and not counted:\n")
	var whys []string
	lines := map[string][]string{}
	for _, u := range got.Unseen {
		if lines[u.Why] == nil {
			whys = append(whys, u.Why)
		}
		lines[u.Why] = append(lines[u.Why], u.Line)
	}
	for _, why := range whys {
		fmt.Fprintf(o.Streams.Out, "  %s: %s\n", strings.Join(lines[why], ", "), reports.Visible(why))
	}
	showBeyond(o, got)
}

// showBeyond shows what the nearest dialect says of which nothing was seen.
func showBeyond(o Options, got *detect.Findings) {
	d, _ := dialect.Named(got.Dialects[0].Dialect)
	var says []string
	for _, u := range got.Unseen {
		if said := detect.Said(u.Line, d.Key, d.Promises); said != "" {
			says = append(says, fmt.Sprintf("  %s: %s", u.Line, said))
		}
	}
	showLines(o.Streams.Out, d.Name+" says more, of which nothing was seen:", says)
}

// linesOf lists the lines in which somebody says something else than what was seen.
func linesOf(far detect.Distance) (out []string) {
	for _, d := range far.Differs {
		out = append(out, d.Line)
	}
	return out
}

// maxOthers is how many dialects are shown that are farther away.
const maxOthers = 2

// showOthers shows the dialects that come next, and what rules them out.
func showOthers(o Options, got *detect.Findings) {
	var parts []string
	for _, far := range got.Dialects[len(got.Nearest):] {
		if len(parts) == maxOthers {
			break
		}
		lines := linesOf(far)
		part := fmt.Sprintf("%s (distance %d: %s)", far.Dialect, far.Distance,
			strings.Join(lines, ", "))
		if len(lines) == 0 {
			part = fmt.Sprintf("%s (distance 0 too, and says less: %d lines alike)", far.Dialect, far.Alike)
		}
		parts = append(parts, part)
	}
	fmt.Fprintf(o.Streams.Out, "\nnext: %s\n", strings.Join(parts, "; "))
}
