package campaign

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/chaos"
	"github.com/idemcheck/idemcheck/harness/execute"
	"github.com/idemcheck/idemcheck/harness/internal/stub"
	"github.com/idemcheck/idemcheck/model"
)

// mortalWorld dies when it is told to.
type mortalWorld struct {
	*stub.World

	dead *error
}

// Alive implements [chaos.Mortal].
func (w mortalWorld) Alive() error { return *w.dead }

// TestAWorldThatDiesAccusesNobody: what a case showed until then is no history, and the run ends.
func TestAWorldThatDiesAccusesNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(stub.Contract(t), several(3)...)
		b.Parallel = 1
		var dead error
		b.World = mortalWorld{b.world, &dead}
		cases := 0
		b.world.Carry = func(context.Context, chaos.Attempt) chaos.Completion {
			if dead = errors.New("connection refused"); cases == 0 {
				dead = nil
			}
			return chaos.Completion{Answer: &model.Answer{Status: 409}}
		}
		var saved []*model.History
		b.Save = func(h *model.History) error {
			saved = append(saved, h)
			cases++
			return nil
		}
		s := b.sweep(context.Background(), t)
		require.Len(t, saved, 1, "the one before")
		require.Equal(t, 2, s.done)
		require.ErrorIs(t, s.runner.Fatal(), execute.ErrWorld)
		require.ErrorContains(t, s.runner.Fatal(), "connection refused")
	})
}
