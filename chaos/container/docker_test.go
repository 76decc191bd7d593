package container

import (
	"context"
	"errors"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// closedPort is an address at which nobody listens, though somebody just did.
func closedPort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, l.Close())
	return l.Addr().String()
}

func TestWithoutDockerTheErrorIsClearAndQuick(t *testing.T) {
	address := closedPort(t)
	t.Setenv("DOCKER_HOST", "tcp://"+address)
	p, err := StartPostgres(t.Context(), PostgresOptions{})
	require.Nil(t, p)
	require.ErrorIs(t, err, ErrNoDocker)
	require.Regexp(t, `^starting PostgreSQL in a container: docker is not reachable \(.*`+
		address+`.*\); start docker or pass --dsn$`, err.Error())
}

func TestSilentDaemonIsNotReachable(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0") // its backlog accepts, nobody answers
	require.NoError(t, err)
	defer l.Close()
	t.Setenv("DOCKER_HOST", "tcp://"+l.Addr().String())
	// Without a patience of its own it would end with the caller's, which is no word about Docker.
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	_, err = StartPostgres(ctx, PostgresOptions{})
	require.ErrorIs(t, err, ErrNoDocker)
}

func TestEndedContextIsNotBlamedOnDocker(t *testing.T) {
	t.Setenv("DOCKER_HOST", "tcp://"+closedPort(t))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := StartPostgres(ctx, PostgresOptions{})
	require.ErrorIs(t, err, context.Canceled)
	require.NotErrorIs(t, err, ErrNoDocker)
}

func TestNormalHost(t *testing.T) {
	for host, want := range map[string]string{
		"localhost":   "127.0.0.1",
		"127.0.0.1":   "127.0.0.1",
		"::1":         "127.0.0.1",
		"172.17.0.1":  "172.17.0.1",
		"docker.test": "docker.test",
	} {
		require.Equal(t, want, normalHost(host), host)
	}
}

func TestOneLine(t *testing.T) {
	cause := errors.Join(errors.New("first:\n\tinner"), errors.New("second"))
	require.EqualError(t, oneLine{cause}, "first:; inner; second")
	require.ErrorIs(t, oneLine{cause}, cause)
}
