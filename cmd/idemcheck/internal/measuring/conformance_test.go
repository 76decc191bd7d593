package measuring

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/subject"
	"github.com/idemcheck/idemcheck/harness/conformance"
	"github.com/idemcheck/idemcheck/internal/sweep"
)

var updateConformance = flag.Bool("update-conformance", false,
	"write which rows see which seeded bug instead of comparing it")

const conformancePage = "testdata/conformance.txt"

// TestConformanceOfRightServices: no row of the catalogue accuses a service that is right, and none is
// left undecided.
func TestConformanceOfRightServices(t *testing.T) {
	all, err := subject.Variants()
	require.NoError(t, err)
	for i, s := range all {
		if s.Store != "memory" || i%sweep.Of(6, 1) != 0 {
			continue
		}
		table := asked(t, s)
		require.Equal(t, conformance.Kept, table.Worst(), "%s: %+v", s.Name, table.Rows)
		kept := 0
		for _, r := range table.Rows {
			if r.Status == conformance.Kept {
				require.Positive(t, r.Cases, "%s: %s", s.Name, r.Name)
				kept++
			}
		}
		require.GreaterOrEqual(t, kept, 8, "%s: %+v", s.Name, table.Rows)
	}
}

// TestConformanceOfSeededBugs: each seeded bug shows in the rows that the table names, by a rule that it
// breaks; those that need faults, a crash or a long time show in none.
func TestConformanceOfSeededBugs(t *testing.T) {
	all, err := subject.Bugs()
	require.NoError(t, err)
	text, err := os.ReadFile(conformancePage)
	require.NoError(t, err)
	lines := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	step := sweep.Of(14, 1)
	if *updateConformance {
		lines, step = nil, 1
	}
	for i, s := range all {
		if i%step != 0 {
			continue
		}
		line := seenIn(t, s)
		if *updateConformance {
			lines = append(lines, line)
			continue
		}
		require.Contains(t, lines, line)
	}
	if *updateConformance {
		require.NoError(t, os.WriteFile(conformancePage, []byte(strings.Join(lines, "\n")+"\n"), 0o600))
	}
	require.Len(t, lines, len(all))
}

// seenIn is the name of a bug and the rows in which it shows.
func seenIn(t *testing.T, s subject.KnownService) string {
	t.Helper()
	line, right := s.Name+":", false
	for _, r := range asked(t, s).Rows {
		if r.Status == conformance.Violated || r.Status == conformance.Diverged {
			line += fmt.Sprintf(" %s (%s)", r.Name, strings.Fields(string(r.Status))[0])
			right = right || slices.ContainsFunc(r.Rules, func(rule string) bool {
				return slices.Contains(s.Rules, rule)
			})
		}
	}
	require.Equal(t, strings.Contains(line, " "), right, "%s breaks %v", line, s.Rules)
	return line
}

// asked is what became of the catalogue with a subject, in memory and in virtual time.
func asked(t *testing.T, s subject.KnownService) *conformance.Table {
	t.Helper()
	w := inMemory{t}
	promised, err := w.promised(s)
	require.NoError(t, err)
	table, err := conformance.Run(t.Context(), conformance.Options{
		Contract: promised, Place: w.place(s), Parallel: 1,
	})
	require.NoError(t, err)
	require.NotEmpty(t, table.Rows, "%s: %v", s.Name, table.Verdict.Reasons)
	return table
}
