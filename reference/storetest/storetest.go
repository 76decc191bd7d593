// Package storetest says what every store of the payment service must do, as tests.
package storetest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/reference/store"
)

// noon has nanoseconds, so that a store which keeps only microseconds is found out.
var noon = time.Date(2026, 1, 2, 12, 0, 0, 123456789, time.UTC)

// Run runs the suite. open must return an empty store each time; the suite closes it.
func Run(t *testing.T, open func(t *testing.T) store.Store) {
	t.Helper()
	for name, check := range map[string]func(*testing.T, store.Store){
		"identities are per tenant":          identities,
		"missing things are not found":       missing,
		"posting moves the balance":          posting,
		"effects are listed in order":        listing,
		"a record comes back as written":     recordRoundTrip,
		"a key is recorded once":             recordOnce,
		"an expired key is recorded anew":    recordExpires,
		"expired records are swept":          sweeping,
		"a refund is added up":               refunding,
		"an error undoes everything":         rollback,
		"an ended context changes nothing":   endedContext,
		"one of many racers records the key": racing,
		"nobody sees half a transaction":     isolation,
		"balances survive contention":        contention,
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			t.Cleanup(func() { require.NoError(t, s.Close()) })
			check(t, s)
		})
	}
}

func update(t *testing.T, s store.Store, fn func(store.Tx) error) {
	t.Helper()
	require.NoError(t, s.Update(t.Context(), fn))
}

func view(t *testing.T, s store.Store, fn func(store.Reader)) {
	t.Helper()
	require.NoError(t, s.View(t.Context(), func(r store.Reader) error {
		fn(r)
		return nil
	}))
}

func account(tenant, id string, balance int64) store.Account {
	return store.Account{Tenant: tenant, ID: id, Name: "Ada", Currency: "EUR", Balance: balance}
}

func open(t *testing.T, s store.Store, accounts ...store.Account) {
	t.Helper()
	update(t, s, func(tx store.Tx) error {
		for _, a := range accounts {
			if err := tx.InsertAccount(a); err != nil {
				return err
			}
		}
		return nil
	})
}

func effect(account, key string, amount int64) store.LedgerEntry {
	return store.LedgerEntry{
		Tenant: "alpha", Account: account, Kind: "charge", Key: key, Reference: "ref-" + key,
		Amount: amount, At: noon,
	}
}

func record(key string, at time.Time) store.Record {
	return store.Record{
		Scope: "alpha POST /v1/charges", Key: key, Fingerprint: "f1", Status: 201,
		ContentType: "application/json", Location: "/v1/charges/ch_1",
		Body:      []byte("{\"id\":\"ch_1\"}\n\x00\xff"),
		CreatedAt: at, ExpiresAt: at.Add(time.Hour),
	}
}

func identities(t *testing.T, s store.Store) {
	open(t, s, account("alpha", "a", 1), account("beta", "a", 2))
	err := s.Update(t.Context(), func(tx store.Tx) error {
		return tx.InsertAccount(account("alpha", "a", 3))
	})
	require.ErrorIs(t, err, store.ErrExists)
	view(t, s, func(r store.Reader) {
		a, err := r.Account("alpha", "a")
		require.NoError(t, err)
		require.Equal(t, account("alpha", "a", 1), a)
		b, err := r.Account("beta", "a")
		require.NoError(t, err)
		require.Equal(t, int64(2), b.Balance)
	})
}

func missing(t *testing.T, s store.Store) {
	view(t, s, func(r store.Reader) {
		_, err := r.Account("alpha", "nobody")
		require.ErrorIs(t, err, store.ErrNotFound)
		_, err = r.Charge("alpha", "none")
		require.ErrorIs(t, err, store.ErrNotFound)
		_, err = r.Record("scope", "none")
		require.ErrorIs(t, err, store.ErrNotFound)
		effects, err := r.Effects(store.EffectQuery{Tenant: "alpha", Account: "nobody"})
		require.NoError(t, err)
		require.Empty(t, effects)
	})
	require.ErrorIs(t, s.View(t.Context(), func(r store.Reader) error {
		_, err := r.Account("alpha", "not text: \xff\x00")
		return err
	}), store.ErrNotFound)
	for _, write := range []func(store.Tx) error{
		func(tx store.Tx) error { return tx.Post(effect("nobody", "k", 1), -1) },
		func(tx store.Tx) error { return tx.Post(effect("nobody", "k", 1), 0) },
		func(tx store.Tx) error { return tx.AddBalance("alpha", "nobody", 1) },
		func(tx store.Tx) error { return tx.AddRefunded("alpha", "none", 1) },
	} {
		require.ErrorIs(t, s.Update(t.Context(), write), store.ErrNotFound)
	}
	update(t, s, func(tx store.Tx) error { return tx.DeleteRecord("scope", "none") })
}

func posting(t *testing.T, s store.Store) {
	open(t, s, account("alpha", "a", 100))
	update(t, s, func(tx store.Tx) error {
		require.NoError(t, tx.Post(effect("a", "k", 30), -30))
		require.NoError(t, tx.Post(effect("a", "k", 30), 0))
		inside, err := tx.Account("alpha", "a")
		require.Equal(t, int64(70), inside.Balance)
		require.NoError(t, tx.AddBalance("alpha", "a", 5))
		return err
	})
	view(t, s, func(r store.Reader) {
		after, err := r.Account("alpha", "a")
		require.NoError(t, err)
		require.Equal(t, int64(75), after.Balance)
		effects, err := r.Effects(store.EffectQuery{Tenant: "alpha", Account: "a"})
		require.NoError(t, err)
		require.Len(t, effects, 2, "adding to a balance leaves no effect")
	})
}

func listing(t *testing.T, s store.Store) {
	open(t, s, account("alpha", "a", 100), account("alpha", "b", 100))
	for i, id := range []string{"a", "b", "a", "a"} {
		update(t, s, func(tx store.Tx) error {
			return tx.Post(effect(id, fmt.Sprint("k", i), int64(i+1)), 0)
		})
	}
	list := func(q store.EffectQuery) (effects []store.LedgerEntry) {
		q.Tenant, q.Account = "alpha", "a"
		view(t, s, func(r store.Reader) {
			var err error
			effects, err = r.Effects(q)
			require.NoError(t, err)
		})
		return effects
	}
	all := list(store.EffectQuery{})
	require.Len(t, all, 3)
	for i, key := range []string{"k0", "k2", "k3"} {
		want := effect("a", key, int64(key[1]-'0'+1))
		want.Seq = all[i].Seq
		require.True(t, want.At.Equal(all[i].At), "time of effect %d: %s", i, all[i].At)
		want.At = all[i].At
		require.Equal(t, want, all[i])
	}
	require.Less(t, all[0].Seq, all[1].Seq)
	require.Less(t, all[1].Seq, all[2].Seq)
	require.Equal(t, all[1:2], list(store.EffectQuery{After: all[0].Seq, Limit: 1}))
	require.Empty(t, list(store.EffectQuery{After: all[2].Seq}))
}

func find(t *testing.T, s store.Store, key string) (found store.Record, err error) {
	t.Helper()
	view(t, s, func(r store.Reader) { found, err = r.Record(record(key, noon).Scope, key) })
	return found, err
}

func recordRoundTrip(t *testing.T, s store.Store) {
	empty := record("empty", noon)
	empty.Body, empty.Status = nil, 0
	update(t, s, func(tx store.Tx) error {
		return errors.Join(tx.InsertRecord(record("k", noon)), tx.PutRecord(empty))
	})
	got, err := find(t, s, "k")
	require.NoError(t, err)
	require.True(t, got.CreatedAt.Equal(noon) && got.ExpiresAt.Equal(noon.Add(time.Hour)))
	got.CreatedAt, got.ExpiresAt = noon, noon.Add(time.Hour)
	require.Equal(t, record("k", noon), got)
	got, err = find(t, s, "empty")
	require.NoError(t, err)
	require.Empty(t, got.Body)
	require.Zero(t, got.Status)
	update(t, s, func(tx store.Tx) error { return tx.DeleteRecord(got.Scope, "k") })
	_, err = find(t, s, "k")
	require.ErrorIs(t, err, store.ErrNotFound)
}

func recordOnce(t *testing.T, s store.Store) {
	update(t, s, func(tx store.Tx) error { return tx.InsertRecord(record("k", noon)) })
	second := record("k", noon.Add(time.Minute))
	second.Fingerprint = "f2"
	err := s.Update(t.Context(), func(tx store.Tx) error { return tx.InsertRecord(second) })
	require.ErrorIs(t, err, store.ErrExists)
	got, err := find(t, s, "k")
	require.NoError(t, err)
	require.Equal(t, "f1", got.Fingerprint)
	update(t, s, func(tx store.Tx) error {
		other := second
		other.Scope = "beta POST /v1/charges"
		return errors.Join(tx.PutRecord(second), tx.InsertRecord(other))
	})
	got, err = find(t, s, "k")
	require.NoError(t, err)
	require.Equal(t, "f2", got.Fingerprint)
}

func recordExpires(t *testing.T, s store.Store) {
	update(t, s, func(tx store.Tx) error { return tx.InsertRecord(record("k", noon)) })
	insert := func(at time.Time) error {
		again := record("k", at)
		again.Status = 402
		return s.Update(t.Context(), func(tx store.Tx) error { return tx.InsertRecord(again) })
	}
	require.ErrorIs(t, insert(noon.Add(time.Hour-time.Nanosecond)), store.ErrExists)
	require.NoError(t, insert(noon.Add(time.Hour)))
	got, err := find(t, s, "k")
	require.NoError(t, err)
	require.Equal(t, 402, got.Status)
}

func sweeping(t *testing.T, s store.Store) {
	for i := range 5 {
		update(t, s, func(tx store.Tx) error {
			at := noon.Add(time.Duration(i) * time.Minute)
			return tx.InsertRecord(record(fmt.Sprint("k", i), at))
		})
	}
	sweep := func(limit int) (left []string) {
		now := noon.Add(time.Hour + 2*time.Minute) // k0, k1 and k2 have expired
		update(t, s, func(tx store.Tx) error { return tx.DeleteExpired(now, limit) })
		for i := range 5 {
			if _, err := find(t, s, fmt.Sprint("k", i)); err == nil {
				left = append(left, fmt.Sprint("k", i))
			}
		}
		return left
	}
	require.Equal(t, []string{"k2", "k3", "k4"}, sweep(2))
	require.Equal(t, []string{"k3", "k4"}, sweep(100))
}

func refunding(t *testing.T, s store.Store) {
	charge := store.Charge{
		Tenant: "alpha", ID: "ch_1", Account: "a", Reference: "r", Amount: 50, Refunded: 5,
	}
	update(t, s, func(tx store.Tx) error { return tx.InsertCharge(charge) })
	again := func(tx store.Tx) error { return tx.InsertCharge(charge) }
	require.ErrorIs(t, s.Update(t.Context(), again), store.ErrExists)
	update(t, s, func(tx store.Tx) error { return tx.AddRefunded("alpha", "ch_1", 20) })
	view(t, s, func(r store.Reader) {
		got, err := r.Charge("alpha", "ch_1")
		require.NoError(t, err)
		charge.Refunded = 25
		require.Equal(t, charge, got)
	})
}
