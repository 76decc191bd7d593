package calibrate

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestDocumentIsAdditiveJSON(t *testing.T) {
	d := document()
	var out bytes.Buffer
	require.NoError(t, asJSON(&out, d))
	var shape map[string]any
	require.NoError(t, json.Unmarshal(out.Bytes(), &shape))
	require.Equal(t, "idemcheck/calibration/v1", shape["schema"])
	for _, name := range []string{"world", "seeds", "cases", "scenarios", "bugs", "variants", "totals"} {
		require.Contains(t, shape, name)
	}
	require.NotContains(t, out.String(), "null,\n   \"runs\"")
	back, err := parse(out.Bytes(), "it")
	require.NoError(t, err)
	require.Equal(t, d, back)
	_, err = parse([]byte(`{"schema":"other"}`), "it")
	require.ErrorContains(t, err, `its schema is "other"`)
	_, err = parse([]byte(`<`), "it")
	require.ErrorContains(t, err, "it is no calibration")
}
