package main

import (
	"net"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// refused is something the command cannot work with: its exit code, and what the message must say.
type refused struct {
	name string
	args []string
	code int
	says []string
}

// check runs the command in every format that machines read.
func (r refused) check(t *testing.T) {
	got := invoke(t, r.args...)
	require.Equal(t, r.code, got.code, got.err)
	for _, words := range r.says {
		require.Contains(t, got.err, words)
	}
}

// closedPort returns an address of loopback that nothing listens on.
func closedPort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, l.Close())
	return l.Addr().String()
}

// withoutResources is a contract whose first message is the operation.
const withoutResources = `
version: 1
target: {url: "http://127.0.0.1:9"}
dialect: ietf
operations:
  pay:
    path: /pay
    args: {amount: {min: 1, max: 100}}
    body: {amount: "{amount}"}
    ok: [201]
    answer: {identity: id}
    effects: [{ledger: payments, fields: {amount: amount}}]
ledgers:
  payments: {path: /payments, items: data, id: id, key: key}
`

func TestUnreachable(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = taken.Close() })
	gone, f := closedPort(t), file(t, "idemcheck.yaml", minimal)
	dsn := "postgres://somebody:hunter2@" + gone + "/payments"
	plain := file(t, "plain.yaml", withoutResources)
	pay, draft := "http://"+gone+"/pay", filepath.Join(t.TempDir(), "draft.yaml")
	nowhere := filepath.Join(t.TempDir(), "none", "payments.db")
	out := filepath.Join(t.TempDir(), "out")
	occupied := file(t, "occupied", "no folder")
	for _, tc := range []refused{
		{"target", []string{"run", "-f", f, "--target", "http://" + gone, "--out", out}, 4, []string{
			"cannot be reached", "next: ", gone,
		}},
		{"no resources", []string{"check", plain, "--target", "http://" + gone}, 4, []string{
			"cannot be reached, though it was dialled for 2s", "next: start the service", gone,
		}},
		{"probing", []string{"init", "-f", draft, "--probe", "--curl", "curl -d {} " + pay}, 4, []string{
			"POST " + pay + ": the target cannot be reached", "next: start the service",
		}},
		{"occupied", []string{"demo", "--store", "memory", "--out", occupied}, 4, []string{
			occupied, "next: ", "--out none",
		}},
		{"name", []string{"run", "-f", f, "--target", "http://no..body"}, 4, []string{
			"no..body", "next: ",
		}},
		{"postgres", []string{"demo", "--store", "postgres", "--dsn", dsn}, 4, []string{gone, "--dsn"}},
		{"connection string", []string{"demo", "--store", "postgres", "--dsn", dsn + "?sslmode=x"}, 4, []string{
			"sslmode", "--dsn",
		}},
		{"sqlite", []string{"demo", "--dsn", nowhere}, 4, []string{nowhere, "--dsn"}},
		{"toxiproxy", []string{"demo", "--store", "memory", "--toxiproxy", "http://" + gone}, 4, []string{
			gone, "--toxiproxy",
		}},
		{"port in use", []string{"serve", "--store", "memory", "--listen", taken.Addr().String()}, 4, []string{
			"in use", "--listen",
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			tc.check(t)
			require.NotContains(t, invoke(t, tc.args...).err, "hunter2")
		})
	}
}
