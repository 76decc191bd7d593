package plan_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/plan"
)

func TestOperationsHaveShortNames(t *testing.T) {
	for n, name := range map[int]string{0: "a", 25: "z", 26: "aa", 27: "ab", 51: "az", 52: "ba"} {
		require.Equal(t, name, plan.OperationID(n))
	}
}
