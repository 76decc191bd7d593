package campaign

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/chaos"
	"github.com/idemcheck/idemcheck/harness/internal/stub"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// TestAnAnswerThatPassesABoundIsAReason: the operation was executed, nobody knows what the service
// said to it, and nobody is accused.
func TestAnAnswerThatPassesABoundIsAReason(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(stub.Contract(t), several(1)...)
		b.world.Carry = func(context.Context, chaos.Attempt) chaos.Completion {
			return chaos.Completion{Err: "broken answer", Unread: "the answer is larger than 1 MiB"}
		}
		_, v := b.once(t)
		require.Equal(t, verdict.Unknown, v.Verdict, "%v", v.Violations)
		require.Contains(t, strings.Join(v.Reasons, "\n"), "the answer to a.1")
		require.Contains(t, strings.Join(v.Reasons, "\n"), "larger than 1 MiB")
	})
}
