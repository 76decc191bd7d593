package sqlite_test

import (
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/reference/internal/attack"
	"github.com/idemcheck/idemcheck/reference/sqlite"
	"github.com/idemcheck/idemcheck/reference/store"
	"github.com/idemcheck/idemcheck/reference/storetest"
)

func open(t *testing.T, path string) *sqlite.Store {
	t.Helper()
	s, err := sqlite.Open(t.Context(), path)
	require.NoError(t, err)
	return s
}

func TestStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.Store {
		return open(t, filepath.Join(t.TempDir(), "odd name?#%20.db"))
	})
}

func TestServiceWithstandsEveryAttack(t *testing.T) {
	attack.Withstand(t, func(t *testing.T) store.Store {
		return open(t, filepath.Join(t.TempDir(), "payments.db"))
	})
}

func TestInstancesOverOneFileExecuteOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "payments.db")
	attack.Instances(t, open(t, path), open(t, path))
}

func TestDataSurvivesReopening(t *testing.T) {
	path := filepath.Join(t.TempDir(), "payments.db")
	first := open(t, path)
	account := store.Account{Tenant: "alpha", ID: "a", Name: "Ada", Currency: "EUR", Balance: 7}
	require.NoError(t, first.Update(t.Context(), func(tx store.Tx) error {
		return tx.InsertAccount(account)
	}))
	require.NoError(t, first.Close())
	second := open(t, path)
	t.Cleanup(func() { require.NoError(t, second.Close()) })
	require.NoError(t, second.View(t.Context(), func(r store.Reader) error {
		got, err := r.Account("alpha", "a")
		require.Equal(t, account, got)
		return err
	}))
}

func TestTwoStoresShareOneFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "payments.db")
	stores := []*sqlite.Store{open(t, path), open(t, path)}
	require.NoError(t, stores[0].Update(t.Context(), func(tx store.Tx) error {
		return tx.InsertAccount(store.Account{Tenant: "alpha", ID: "a"})
	}))
	failures := make([]error, 40)
	var all sync.WaitGroup
	for i := range failures {
		all.Go(func() {
			failures[i] = stores[i%2].Update(t.Context(), func(tx store.Tx) error {
				return tx.Post(store.LedgerEntry{Tenant: "alpha", Account: "a"}, 1)
			})
		})
	}
	all.Wait()
	for _, err := range failures {
		require.NoError(t, err)
	}
	require.NoError(t, stores[1].View(t.Context(), func(r store.Reader) error {
		got, err := r.Account("alpha", "a")
		require.Equal(t, int64(40), got.Balance)
		return err
	}))
	for _, s := range stores {
		require.NoError(t, s.Close())
	}
}

func TestOpenSaysWhatItCouldNotOpen(t *testing.T) {
	_, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "no", "such", "folder.db"))
	require.ErrorContains(t, err, "folder.db")
}
