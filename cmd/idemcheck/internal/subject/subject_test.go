package subject_test

import (
	"maps"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/subject"
	"github.com/idemcheck/idemcheck/reference"
)

func TestEverySubjectHasANameOfItsOwnAndAContract(t *testing.T) {
	all, err := subject.All()
	require.NoError(t, err)
	require.Len(t, all, len(reference.Bugs())+len(reference.Variants())+3)
	seen := map[string]bool{}
	for _, s := range all {
		require.False(t, seen[s.Name], s.Name)
		seen[s.Name] = true
		require.NotNil(t, s.Contract, s.Name)
		require.NotEmpty(t, s.Store, s.Name)
		require.NotEmpty(t, s.Family, s.Name)
		require.Equal(t, s.Right, s.Bug == "", s.Name)
		require.Equal(t, s.Right, len(s.Rules) == 0, s.Name)
		_, err := reference.New(reference.Options{Bug: s.Bug, Variant: s.Variant})
		require.NoError(t, err, s.Name)
	}
}

// TestContractsSpeakTheirDialect so that a variant is not by mistake judged by another's promises.
func TestContractsSpeakTheirDialect(t *testing.T) {
	for _, v := range reference.Variants() {
		c, err := subject.Contract(v.Name)
		require.NoError(t, err)
		require.Equal(t, v.Dialect, c.Dialect, v.Name)
		types := slices.Sorted(maps.Keys(c.Operations))
		require.Equal(t, []string{"batch", "charge", "overdraw", "refund", "transfer"}, types, v.Name)
		require.Positive(t, c.Key.MaxLength, "%s: or no long keys are drawn", v.Name)
		require.NotEmpty(t, v.Promise, v.Name)
		require.NotEmpty(t, v.Suspicion, v.Name)
	}
}

func TestNoContractIsLeftOver(t *testing.T) {
	files, err := filepath.Glob("../../../../examples/variants/*.yaml")
	require.NoError(t, err)
	require.Len(t, files, len(reference.Variants()))
}

func TestUnknownVariantHasNoContract(t *testing.T) {
	_, err := subject.Contract("nothing")
	require.ErrorContains(t, err, `no contract for a variant "nothing"`)
}
