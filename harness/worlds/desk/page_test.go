package desk_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/harness/worlds/internal/both"
	"github.com/idemcheck/idemcheck/internal/taskpage"
)

// TestThePageOfStepsBefore runs the contract of its page, against the right desk and one that forgets
// what it has answered.
func TestThePageOfStepsBefore(t *testing.T) {
	text, err := taskpage.Contract("../../../docs/tasks/before.md")
	require.NoError(t, err)
	for forgets, see := range map[bool]both.Check{
		false: both.IsValid, true: both.Breaks("duplicate-effect"),
	} {
		page, err := contract.Parse("before.md", text)
		require.NoError(t, err)
		deskWorlds(t, page, newShop(func(s *shop) { s.desk.forgets = forgets }), see)
	}
}
