package reports

import (
	"encoding/json"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/model/verdict"
	"github.com/idemcheck/idemcheck/reports/internal/curl"
)

// TestJSONHidesNothing: a terminal that shows the document is not moved by it, and a machine reads
// what was meant.
func TestJSONHidesNothing(t *testing.T) {
	v := verdict.New()
	v.Reasons = []string{"\x1b[31m \u009b2J \u202e \u2066 é \u2028 \x7f"}
	text := render(t, func(w io.Writer) error { return JSON(w, v) })
	for _, r := range text {
		require.False(t, curl.Hidden(r), "%q", r)
	}
	var back verdict.Verdict
	require.NoError(t, json.Unmarshal([]byte(text), &back))
	require.Equal(t, v.Reasons, back.Reasons)
}
