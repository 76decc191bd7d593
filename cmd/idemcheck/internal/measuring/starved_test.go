package measuring

import (
	"os"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/subject"
	"github.com/idemcheck/idemcheck/harness/plan"
	"github.com/idemcheck/idemcheck/internal/sweep"
)

// starvedVariable sets how many starved cases every right variant is given; otherwise it is given
// usualStarved, and every day one variant of everyVariant.
const (
	starvedVariable            = "IDEMCHECK_STARVED_CASES"
	usualStarved, everyVariant = 200, 4
)

// TestRightVariantsAreNotAccusedOnABusyMachine, and few of their cases cannot be judged.
func TestRightVariantsAreNotAccusedOnABusyMachine(t *testing.T) {
	variants, err := subject.Variants()
	require.NoError(t, err)
	n := 0
	variants = slices.DeleteFunc(variants, func(s subject.KnownService) bool {
		n++
		return s.Store != "memory" || n%sweep.Of(everyVariant, 1) != 0
	})
	require.NotEmpty(t, variants)
	cases := usualStarved
	if text := os.Getenv(starvedVariable); text != "" {
		cases, err = strconv.Atoi(text)
		require.NoError(t, err, starvedVariable)
	}
	d, err := Subjects(t.Context(), Options{
		Subjects: variants, Seeds: []uint64{1}, RightCases: cases, Starved: true, T: t,
		Search: plan.Random,
	})
	require.NoError(t, err)
	for _, v := range d.Variants {
		require.Empty(t, v.Accused, v.Name)
		require.Equal(t, cases, v.Cases, v.Name)
		require.LessOrEqual(t, v.Unknown, cases/50, "%s: %v", v.Name, v.Reasons)
	}
}
