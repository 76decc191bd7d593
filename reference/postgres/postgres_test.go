package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/reference/internal/attack"
	"github.com/idemcheck/idemcheck/reference/postgres"
	"github.com/idemcheck/idemcheck/reference/store"
	"github.com/idemcheck/idemcheck/reference/storetest"
)

func server(t *testing.T) string {
	t.Helper()
	dsn := os.Getenv("IDEMCHECK_POSTGRES_DSN")
	if dsn == "" {
		t.Skip("IDEMCHECK_POSTGRES_DSN is not set: give it a PostgreSQL URL to run this test")
	}
	return dsn
}

// emptySchema makes a schema of its own for the test, so that tests share nothing, and returns a
// connection string that works in it.
func emptySchema(t *testing.T) string {
	t.Helper()
	dsn := server(t)
	config, err := pgx.ParseConfig(dsn)
	require.NoError(t, err)
	conn, err := pgx.ConnectConfig(t.Context(), config)
	require.NoError(t, err)
	name := fmt.Sprintf("idemcheck_%d", time.Now().UnixNano())
	_, err = conn.Exec(t.Context(), "CREATE SCHEMA "+name)
	require.NoError(t, err)
	t.Cleanup(func() {
		ctx := context.WithoutCancel(t.Context()) // the test's own has ended by now
		_, err := conn.Exec(ctx, "DROP SCHEMA "+name+" CASCADE")
		require.NoError(t, err)
		require.NoError(t, conn.Close(ctx))
	})
	return fmt.Sprintf("host=%s port=%d user=%s password='%s' dbname=%s search_path=%s",
		config.Host, config.Port, config.User, config.Password, config.Database, name)
}

func open(t *testing.T, dsn string) store.Store {
	t.Helper()
	s, err := postgres.Open(t.Context(), dsn)
	require.NoError(t, err)
	return s
}

func openEmpty(t *testing.T) store.Store { return open(t, emptySchema(t)) }

func TestStore(t *testing.T) {
	server(t)
	storetest.Run(t, openEmpty)
}

func TestServiceWithstandsEveryAttack(t *testing.T) {
	server(t)
	attack.Withstand(t, openEmpty)
}

func TestInstancesOverOneDatabaseExecuteOnce(t *testing.T) {
	dsn := emptySchema(t)
	attack.Instances(t, open(t, dsn), open(t, dsn))
}

func TestInstancesMayStartTogether(t *testing.T) {
	dsn := emptySchema(t)
	failures := make(chan error)
	for range 4 {
		go func() {
			s, err := postgres.Open(t.Context(), dsn)
			if err == nil {
				err = s.Close()
			}
			failures <- err
		}()
	}
	for range 4 {
		require.NoError(t, <-failures)
	}
}

func TestDeadlockIsTriedAgain(t *testing.T) {
	s := openEmpty(t)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	for _, id := range []string{"a", "b"} {
		require.NoError(t, s.Update(t.Context(), func(tx store.Tx) error {
			return tx.InsertAccount(store.Account{Tenant: "alpha", ID: id})
		}))
	}
	var bothHoldOne sync.WaitGroup
	bothHoldOne.Add(2)
	failures := make(chan error)
	for _, order := range [][]string{{"a", "b"}, {"b", "a"}} {
		go func() {
			tries := 0
			failures <- s.Update(t.Context(), func(tx store.Tx) error {
				tries++
				err := tx.Post(store.LedgerEntry{Tenant: "alpha", Account: order[0]}, 1)
				if tries == 1 {
					bothHoldOne.Done()
					bothHoldOne.Wait()
				}
				second := store.LedgerEntry{Tenant: "alpha", Account: order[1]}
				return errors.Join(err, tx.Post(second, 1))
			})
		}()
	}
	require.NoError(t, <-failures)
	require.NoError(t, <-failures)
}

func TestOpenSaysWhatIsWrong(t *testing.T) {
	_, err := postgres.Open(t.Context(), "postgres://%")
	require.ErrorContains(t, err, "connection string")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = postgres.Open(ctx, "postgres://127.0.0.1:1/none")
	require.ErrorIs(t, err, context.Canceled)
}
