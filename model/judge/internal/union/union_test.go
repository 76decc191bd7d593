package union_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/model/judge/internal/union"
)

func TestWhatIsJoinedHasOneFirst(t *testing.T) {
	for name, tc := range map[string]struct {
		joined [][2]int
		want   []int
	}{
		"apart":               {nil, []int{0, 1, 2, 3, 4}},
		"the lower is first":  {[][2]int{{3, 1}}, []int{0, 1, 2, 1, 4}},
		"through a third one": {[][2]int{{4, 2}, {2, 3}}, []int{0, 1, 2, 2, 2}},
		"two groups":          {[][2]int{{3, 4}, {1, 2}, {4, 2}}, []int{0, 1, 1, 1, 1}},
		"with itself":         {[][2]int{{2, 2}}, []int{0, 1, 2, 3, 4}},
	} {
		t.Run(name, func(t *testing.T) {
			g := union.New(len(tc.want))
			for _, pair := range tc.joined {
				g.Join(pair[0], pair[1])
			}
			for i, first := range tc.want {
				require.Equal(t, first, g.Find(i), "the group of %d", i)
			}
		})
	}
}
