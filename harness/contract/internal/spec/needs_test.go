package spec_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/examples"
	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/harness/contract/internal/spec"
)

func TestResourcePaths(t *testing.T) {
	c, err := contract.Parse("reference.yaml", examples.Reference)
	require.NoError(t, err)
	require.Equal(t, map[string]string{"charge": "charge", "charge.account": "account"},
		spec.ResourcePaths(c, "refund"))
}
