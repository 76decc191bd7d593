package harness_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/internal/sweep"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// TestKeysOfUndeclaredLength: a service may refuse long keys, and may not take two of them for one.
func TestKeysOfUndeclaredLength(t *testing.T) {
	cut := func(n int) func(r *http.Request) string {
		return func(r *http.Request) string {
			k := ofKey(r)
			return k[:min(len(k), strings.LastIndex(k, " ")+1+n)]
		}
	}
	beyond := func(n, status int) func(string) int {
		return func(key string) int {
			if len(key) > n {
				return status
			}
			return 0
		}
	}
	for name, tt := range map[string]struct {
		// cut is how much of a key is compared, maxLength what is taken, status what others get.
		cut, maxLength, status int
		broken                 bool
	}{
		"right":                     {255, 255, 0, false},
		"right, beyond 128 is 400":  {255, 128, 400, false},
		"right, beyond 64 is 422":   {255, 64, 422, false},
		"right, beyond 40 is 414":   {255, 40, 414, false},
		"cut at 50":                 {50, 255, 0, true},
		"cut at 128":                {128, 255, 0, true},
		"cut at 254":                {254, 255, 0, true},
		"cut at 50, beyond 64: 400": {50, 64, 400, true},
	} {
		t.Run(name, func(t *testing.T) {
			c := shopContract(t)
			require.Zero(t, c.Key.MaxLength)
			for seed := range uint64(sweep.Of(someSeeds, seeds)) {
				s := shop{identity: cut(tt.cut), content: ofBody, refuses: beyond(tt.maxLength, tt.status)}
				v := shopping(t, c, s, seed+1, "colliding-keys")
				said := strings.Join(v.Undecided, "\n")
				require.Equal(t, tt.status > 0, strings.Contains(said, "key.max_length"), "%v", v)
				if !tt.broken {
					require.Equal(t, verdict.Valid, v.Verdict, "%v %v", v.Reasons, v.Violations)
					continue
				}
				require.Equal(t, verdict.Invalid, v.Verdict, "%v", v.Reasons)
				require.True(t, rulesOf(v)["over-deduplication"], "%v", v.Violations)
			}
		})
	}
}
