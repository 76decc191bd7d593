package container

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/moby/moby/client"
	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/log"
)

// ErrNoDocker says that no Docker daemon answered where one was expected: at DOCKER_HOST if that
// is set, otherwise at the places where Docker usually listens. Test for it with [errors.Is].
var ErrNoDocker = errors.New("docker is not reachable")

// pingTimeout is long for a daemon beside us and short for a person who waits for an error.
const pingTimeout = 3 * time.Second

// loopback is written as a number because Docker may publish a port on IPv4 only, while the name
// localhost may mean IPv6 first.
const loopback = "127.0.0.1"

// silenceOnce guards the one variable of testcontainers that silence sets.
var silenceOnce sync.Once

// silence stops testcontainers from writing to standard error, where our users expect only our
// own words. Most of its lines go to a logger that it takes as an option; the greeting after the
// first connection and the lines of its reaper go to its process-wide logger, which has no other
// switch. It is set once and never put back, since testcontainers reads it without a lock.
func silence() {
	silenceOnce.Do(func() { log.SetDefault(log.NewNoopLogger()) })
}

// dockerHost answers at which host the daemon publishes ports, or why there is no daemon.
func dockerHost(ctx context.Context) (string, error) {
	host, err := configuredHost(ctx)
	switch {
	case ctx.Err() != nil:
		return "", context.Cause(ctx) // the caller's impatience says nothing about Docker
	case err != nil:
		return "", fmt.Errorf("%w (%w); start docker or pass --dsn", ErrNoDocker, oneLine{err})
	}
	return normalHost(host), nil
}

// configuredHost is the host that testcontainers finds, when what DOCKER_HOST names answers.
func configuredHost(ctx context.Context) (string, error) {
	if err := pingConfigured(ctx); err != nil {
		return "", err
	}
	return detectHost(ctx)
}

// pingConfigured asks the daemon that DOCKER_HOST names, if it names one. Left to itself,
// testcontainers would quietly go on to another daemon than the one its user chose, and would
// remember the failure for the life of the process.
func pingConfigured(ctx context.Context) error {
	if os.Getenv("DOCKER_HOST") == "" {
		return nil
	}
	cli, err := client.New(client.FromEnv)
	if err != nil {
		return err
	}
	defer cli.Close()
	ctx, cancel := context.WithTimeout(ctx, pingTimeout)
	defer cancel()
	_, err = cli.Ping(ctx, client.PingOptions{})
	return err
}

// detectHost lets testcontainers look for a daemon. That cannot be interrupted, so a daemon that
// accepts connections and never answers is left behind with its goroutine when ctx ends.
func detectHost(ctx context.Context) (string, error) {
	type answer struct {
		host string
		err  error
	}
	answers := make(chan answer, 1)
	go func() {
		host, err := daemonHost(ctx)
		answers <- answer{host, err}
	}()
	select {
	case a := <-answers:
		return a.host, a.err
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
}

func daemonHost(ctx context.Context) (string, error) {
	provider, err := testcontainers.NewDockerProvider(quiet())
	if err != nil {
		return "", fmt.Errorf("no daemon answers at the usual sockets: %w", err)
	}
	defer provider.Close()
	return provider.DaemonHost(ctx)
}

func quiet() testcontainers.LoggerOption {
	return testcontainers.WithLogger(log.NewNoopLogger())
}

func normalHost(host string) string {
	if ip := net.ParseIP(host); host == "localhost" || ip.IsLoopback() {
		return loopback
	}
	return host
}

// oneLine is an error whose text has no line breaks: our libraries put one between the things
// they tried, and ours ends up inside a sentence.
type oneLine struct{ cause error }

func (e oneLine) Error() string {
	lines := strings.FieldsFunc(e.cause.Error(), func(r rune) bool { return r == '\n' })
	for i := range lines {
		lines[i] = strings.TrimSpace(lines[i])
	}
	return strings.Join(lines, "; ")
}

func (e oneLine) Unwrap() error { return e.cause }
