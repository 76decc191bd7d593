package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/reference/store"
)

// writeEverything uses every kind of write once.
func writeEverything(t *testing.T, tx store.Tx) {
	t.Helper()
	require.NoError(t, tx.InsertAccount(account("alpha", "new", 1)))
	require.NoError(t, tx.InsertCharge(store.Charge{Tenant: "alpha", ID: "ch_9"}))
	require.NoError(t, tx.AddRefunded("alpha", "ch_0", 7))
	require.NoError(t, tx.AddBalance("alpha", "a", 3))
	require.NoError(t, tx.Post(effect("a", "k", 30), -30))
	require.NoError(t, tx.InsertRecord(record("k", noon)))
	require.NoError(t, tx.PutRecord(record("old", noon.Add(time.Second))))
	require.NoError(t, tx.DeleteRecord(record("gone", noon).Scope, "gone"))
	require.NoError(t, tx.DeleteExpired(noon.Add(-time.Hour), 10))
}

func seed(t *testing.T, s store.Store) {
	t.Helper()
	open(t, s, account("alpha", "a", 100))
	update(t, s, func(tx store.Tx) error {
		return errors.Join(
			tx.InsertCharge(store.Charge{Tenant: "alpha", ID: "ch_0", Amount: 9}),
			tx.InsertRecord(record("old", noon)),
			tx.InsertRecord(record("gone", noon)),
			tx.InsertRecord(record("expired", noon.Add(-3*time.Hour))),
		)
	})
}

func requireSeeded(t *testing.T, s store.Store) {
	t.Helper()
	view(t, s, func(r store.Reader) {
		a, err := r.Account("alpha", "a")
		require.NoError(t, err)
		require.Equal(t, int64(100), a.Balance)
		_, err = r.Account("alpha", "new")
		require.ErrorIs(t, err, store.ErrNotFound)
		_, err = r.Charge("alpha", "ch_9")
		require.ErrorIs(t, err, store.ErrNotFound)
		charge, err := r.Charge("alpha", "ch_0")
		require.NoError(t, err)
		require.Zero(t, charge.Refunded)
		effects, err := r.Effects(store.EffectQuery{Tenant: "alpha", Account: "a"})
		require.NoError(t, err)
		require.Empty(t, effects)
	})
	_, err := find(t, s, "k")
	require.ErrorIs(t, err, store.ErrNotFound)
	for _, key := range []string{"old", "gone", "expired"} {
		kept, err := find(t, s, key)
		require.NoError(t, err, key)
		require.False(t, kept.CreatedAt.After(noon), key)
	}
}

func rollback(t *testing.T, s store.Store) {
	seed(t, s)
	refused := errors.New("refused")
	err := s.Update(t.Context(), func(tx store.Tx) error {
		writeEverything(t, tx)
		return refused
	})
	require.ErrorIs(t, err, refused)
	requireSeeded(t, s)
	update(t, s, func(tx store.Tx) error { // the store is usable afterwards
		writeEverything(t, tx)
		return nil
	})
}

func endedContext(t *testing.T, s store.Store) {
	seed(t, s)
	ctx, cancel := context.WithCancel(t.Context())
	err := s.Update(ctx, func(tx store.Tx) error {
		writeEverything(t, tx)
		cancel()
		return nil
	})
	require.ErrorIs(t, err, context.Canceled)
	requireSeeded(t, s)
	err = s.Update(ctx, func(store.Tx) error { return errors.New("must not run") })
	require.ErrorIs(t, err, context.Canceled)
	err = s.View(ctx, func(store.Reader) error { return errors.New("must not run") })
	require.ErrorIs(t, err, context.Canceled)
}

// together runs n copies of fn at the same time and returns their errors.
func together(n int, fn func(i int) error) []error {
	failures := make([]error, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { failures[i] = fn(i) })
	}
	all.Wait()
	return failures
}

func racing(t *testing.T, s store.Store) {
	open(t, s, account("alpha", "a", 100))
	won := 0
	for _, err := range together(8, func(int) error {
		return s.Update(t.Context(), func(tx store.Tx) error {
			if err := tx.Post(effect("a", "k", 1), -1); err != nil {
				return err
			}
			return tx.InsertRecord(record("k", noon))
		})
	}) {
		if err == nil {
			won++
			continue
		}
		require.ErrorIs(t, err, store.ErrExists)
	}
	require.Equal(t, 1, won)
	view(t, s, func(r store.Reader) {
		a, err := r.Account("alpha", "a")
		require.NoError(t, err)
		require.Equal(t, int64(99), a.Balance)
	})
}

func isolation(t *testing.T, s store.Store) {
	open(t, s, account("alpha", "a", 500), account("alpha", "b", 500))
	move := func() error {
		return s.Update(t.Context(), func(tx store.Tx) error {
			return errors.Join(tx.Post(effect("a", "k", 1), -1), tx.Post(effect("b", "k", 1), 1))
		})
	}
	sum := func() error {
		return s.View(t.Context(), func(r store.Reader) error {
			a, errA := r.Account("alpha", "a")
			b, errB := r.Account("alpha", "b")
			if total := a.Balance + b.Balance; total != 1000 {
				return fmt.Errorf("a reader saw %d in total", total)
			}
			return errors.Join(errA, errB)
		})
	}
	for _, err := range together(80, func(i int) error {
		if i%2 == 0 {
			return move()
		}
		return sum()
	}) {
		require.NoError(t, err)
	}
}

// contention moves money both ways between two accounts: the classic lost update.
func contention(t *testing.T, s store.Store) {
	open(t, s, account("alpha", "a", 1000), account("alpha", "b", 1000))
	ids := make([]string, 64)
	for _, err := range together(len(ids), func(i int) error {
		from, to := "a", "b"
		if i%4 == 0 {
			from, to = to, from
		}
		return s.Update(t.Context(), func(tx store.Tx) (err error) {
			ids[i], err = tx.NextID("id_")
			_, errA := tx.Account("alpha", "a")
			_, errB := tx.Account("alpha", "b")
			return errors.Join(err, errA, errB,
				tx.Post(effect(from, "k", 5), -5), tx.Post(effect(to, "k", 5), 5))
		})
	}) {
		require.NoError(t, err)
	}
	seen := map[string]bool{}
	for _, id := range ids {
		require.False(t, seen[id], "id %s was handed out twice", id)
		seen[id] = true
	}
	view(t, s, func(r store.Reader) {
		a, err := r.Account("alpha", "a")
		require.NoError(t, err)
		b, err := r.Account("alpha", "b")
		require.NoError(t, err)
		require.Equal(t, []int64{1000 - 160, 1000 + 160}, []int64{a.Balance, b.Balance})
	})
}
