package dialect_test

import (
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/contract/dialect"
)

var updateDialects = flag.Bool("update-dialects", false,
	"write the page of dialects instead of comparing it")

const dialectsPage = "../../../docs/dialects.md"

// TestThePageOfDialectsIsUpToDate: whoever changes a row writes the page anew (-update-dialects).
func TestThePageOfDialectsIsUpToDate(t *testing.T) {
	var page strings.Builder
	page.WriteString("<!-- Written by `go test ./harness/contract/dialect -update-dialects`; do not " +
		"edit. -->\n\n" +
		"# Dialects\n\nWhat `dialect: NAME` fills into a contract that does not say it itself. `idemcheck " +
		"explain NAME` prints one.\n")
	for _, d := range dialect.All() {
		page.WriteString("\n#" + d.Page())
	}
	if *updateDialects {
		require.NoError(t, os.WriteFile(dialectsPage, []byte(page.String()), 0o600))
	}
	was, err := os.ReadFile(dialectsPage)
	require.NoError(t, err)
	require.Equal(t, string(was), page.String())
}
