package harness_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness"
	"github.com/idemcheck/idemcheck/reference"
	"github.com/idemcheck/idemcheck/reference/memory"
)

// forgetful makes a tiny service with a store of its own for each instance.
func forgetful() harness.Target {
	return harness.Handler(func(env *harness.Env) http.Handler {
		s := newTinyIn(env)
		s.disk = newDisk()
		return s
	})
}

// TestAStoreThatDiesInACrashIsNamed, and no loss is laid at the service's door.
func TestAStoreThatDiesInACrashIsNamed(t *testing.T) {
	inFolder(t)
	message, err := harness.CheckMessage(t, tinySuite(t, chosen(t, "crashes")...), forgetful())
	require.Empty(t, message)
	require.ErrorContains(t, err, "what the service stores dies with a crash")
	require.ErrorContains(t, err, "next: make what stands for a database with harness.Keep(env, ")

	_, err = harness.CheckMessage(t, harness.Suite{
		Contract: referenceContract(t), Scenarios: chosen(t, "crashes"), Cases: 20, Points: reference.Points(),
	}, harness.Handler(func(env *harness.Env) http.Handler {
		svc, err := reference.New(reference.Options{Store: memory.New(), Point: env.Point})
		require.NoError(t, err)
		return svc
	}))
	require.ErrorContains(t, err, "harness.Keep", "also where accounts are gone, and not only effects")
}

// TestAStoreThatDiesDoesNotPass: what is done again in an empty store looks as if it had been done
// once.
func TestAStoreThatDiesDoesNotPass(t *testing.T) {
	once := chosen(t, "crashes")[0]
	once.Clients, once.Operations = harness.Range{Min: 1, Max: 1}, harness.Range{Min: 1, Max: 1}
	_, err := harness.Try(t, tinySuite(t, once), forgetful())
	require.ErrorContains(t, err, "harness.Keep")
}

// TestKeysThatDieInACrashAreTheServices: the store outlives the crash, and what is lost is its
// harm.
func TestKeysThatDieInACrashAreTheServices(t *testing.T) {
	inFolder(t)
	suite := tinySuite(t, chosen(t, "crashes")...)
	suite.ShrinkBudget = -1
	message, err := harness.CheckMessage(t, suite, harness.Handler(func(env *harness.Env) http.Handler {
		s := newTinyIn(env)
		s.disk.forget()
		return s
	}))
	require.NoError(t, err)
	require.Contains(t, message, "duplicate-effect")
}

// TestWhatBreaksWithoutACrashIsNotTheStores although the store would die in one.
func TestWhatBreaksWithoutACrashIsNotTheStores(t *testing.T) {
	inFolder(t)
	suite := tinySuite(t, chosen(t, "no-fault-repeat", "crashes")...)
	message, err := harness.CheckMessage(t, suite, harness.Handler(func(env *harness.Env) http.Handler {
		s := newTinyIn(env)
		s.disk = newDisk()
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			r.Header.Del("Idempotency-Key")
			s.ServeHTTP(w, r)
		})
	}))
	require.NoError(t, err)
	require.Contains(t, message, "duplicate-effect")
}
