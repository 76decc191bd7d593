package before

import (
	"maps"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestOnlyWhatIsNewCounts, whether an item is one effect or says for how many it stands.
func TestOnlyWhatIsNewCounts(t *testing.T) {
	for _, tt := range []struct {
		name, count string
		first, now  []any
		fresh, gone int
	}{
		{"nothing", "", nil, nil, 0, 0},
		{"one more of the same", "", []any{1, 1}, []any{1, 1, 1}, 1, 0},
		{"one less", "", []any{1, 1}, []any{1}, 0, 1},
		{"another one", "", []any{"a"}, []any{"b"}, 1, 1},
		{"a counter that rose", "n", []any{row("a", 2)}, []any{row("a", 5)}, 3, 0},
		{"a counter that stays", "n", []any{row("a", 2)}, []any{row("a", 2)}, 0, 0},
		{"a counter that went back", "n", []any{row("a", 2)}, []any{row("a", 1)}, 0, 1},
		{"a counter that is new", "n", nil, []any{row("b", 2.0)}, 2, 0},
		{"counters apart", "n", []any{row("a", 2), row("b", 7)}, []any{row("b", 8), row("a", 2)}, 1, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			known := Items{}
			for _, item := range tt.first {
				require.NoError(t, known.Add(item, tt.count))
			}
			left, fresh := maps.Clone(known), 0
			for _, item := range tt.now {
				n, err := left.Since(item, tt.count)
				require.NoError(t, err)
				fresh += n
			}
			require.Equal(t, tt.fresh, fresh)
			require.Equal(t, tt.gone, left.Gone())
		})
	}
}

func row(name string, n any) any { return map[string]any{"name": name, "n": n} }

func TestWhatIsNoCountIsAnError(t *testing.T) {
	for _, n := range []any{nil, -1, 1.5, "many", 1e12, true} {
		require.Error(t, Items{}.Add(row("a", n), "n"), "%v", n)
		_, err := Items(nil).Since(row("a", n), "n")
		require.ErrorContains(t, err, `its field "n" is no count`)
	}
}

// TestNobodyKnewAnything: without a reading before, everything is new.
func TestNobodyKnewAnything(t *testing.T) {
	n, err := Items(nil).Since(row("a", 3), "n")
	require.NoError(t, err)
	require.Equal(t, 3, n)
	require.Zero(t, Items(nil).Gone())
}
