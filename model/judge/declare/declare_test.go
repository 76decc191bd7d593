package declare

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/model/judge"
)

func TestEveryRuleHasARow(t *testing.T) {
	var ruled, listed []string
	for _, r := range judge.Rules() {
		ruled = append(ruled, r.ID)
	}
	for _, r := range table {
		listed = append(listed, r.rule)
	}
	require.ElementsMatch(t, ruled, listed)
}

func TestDurationsAreShort(t *testing.T) {
	for d, want := range map[time.Duration]string{
		36 * time.Hour: "36h", 90 * time.Minute: "1h30m", 10 * time.Minute: "10m", 7 * time.Second: "7s",
		time.Hour + time.Second: "1h0m1s", 500 * time.Millisecond: "500ms",
	} {
		require.Equal(t, want, short(d))
	}
}
