package plan

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestOperationsHaveShortNames(t *testing.T) {
	require.Equal(t, "a", OperationID(0))
	require.Equal(t, []string{"z", "aa", "ab", "az", "ba"},
		[]string{OperationID(25), OperationID(26), OperationID(27), OperationID(51), OperationID(52)})
}
