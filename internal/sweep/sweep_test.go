package sweep_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/internal/sweep"
)

func TestAllIsForThoseWhoAsk(t *testing.T) {
	t.Setenv(sweep.Variable, "")
	require.Equal(t, 2, sweep.Of(2, 10))
	t.Setenv(sweep.Variable, "1")
	require.Equal(t, 10, sweep.Of(2, 10))
}
