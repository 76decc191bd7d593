package scenarios_test

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/model/fault"
	"github.com/idemcheck/idemcheck/scenarios"
)

var updateFaults = flag.Bool("update-faults", false, "write the page of faults instead of comparing it")

const faultsPage = "../docs/faults.md"

// TestThePageOfFaultsIsUpToDate: whoever adds a kind of fault, or lets a scenario use one, writes the
// page anew (-update-faults).
func TestThePageOfFaultsIsUpToDate(t *testing.T) {
	page := pageOfFaults()
	if *updateFaults {
		require.NoError(t, os.WriteFile(faultsPage, []byte(page), 0o600))
	}
	was, err := os.ReadFile(faultsPage)
	require.NoError(t, err)
	require.Equal(t, string(was), page)
}

// pageOfFaults is a section for every kind: what happens, what that creates, and who meets it.
func pageOfFaults() string {
	var page strings.Builder
	page.WriteString("# Faults\n\nEvery kind of fault that a plan may hold. Written by " +
		"`go test ./scenarios -update-faults`; do not edit.\n")
	for _, info := range fault.Kinds() {
		fmt.Fprintf(&page, "\n## %s\n\n- On the wire: %s.\n- What it creates: %s.\n", info.Kind,
			info.How, info.Creates)
		if info.Traits.NeedsProcess {
			page.WriteString("- Only where idemcheck starts the service itself.\n")
		}
		var met []string
		for _, s := range scenarios.All() {
			if slices.Contains(s.Faults, info.Kind) {
				met = append(met, "`"+s.Name+"`")
			}
		}
		fmt.Fprintf(&page, "- Scenarios: %s.\n", strings.Join(met, ", "))
	}
	return page.String()
}
