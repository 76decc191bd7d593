package memory_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/reference/memory"
	"github.com/idemcheck/idemcheck/reference/store"
	"github.com/idemcheck/idemcheck/reference/storetest"
)

func TestStore(t *testing.T) {
	storetest.Run(t, func(*testing.T) store.Store { return memory.New() })
}

func TestPanicUndoesEverything(t *testing.T) {
	s := memory.New()
	require.Panics(t, func() {
		_ = s.Update(t.Context(), func(tx store.Tx) error {
			require.NoError(t, tx.InsertAccount(store.Account{Tenant: "alpha", ID: "a"}))
			panic("half way")
		})
	})
	require.ErrorIs(t, s.View(t.Context(), func(r store.Reader) error {
		_, err := r.Account("alpha", "a")
		return err
	}), store.ErrNotFound)
}

func TestClosedStoreRefuses(t *testing.T) {
	s := memory.New()
	require.NoError(t, s.Close())
	require.Error(t, s.Update(t.Context(), func(store.Tx) error { return nil }))
}
