package container

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/containerd/errdefs"
	"github.com/jackc/pgx/v5"
	"github.com/moby/moby/client"
	"github.com/stretchr/testify/require"
	"github.com/testcontainers/testcontainers-go"
)

// asProgram makes the test binary a small program that starts a server and stops it.
const asProgram = "IDEMCHECK_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) == "" {
		os.Exit(m.Run())
	}
	p, err := StartPostgres(context.Background(), PostgresOptions{})
	if err == nil {
		err = p.Stop(context.Background())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// needsDocker skips tests that start containers, and returns a client that looks over the
// package's shoulder.
func needsDocker(t *testing.T) *testcontainers.DockerClient {
	t.Helper()
	if os.Getenv(ImageVariable) == "" {
		t.Skipf("starts containers: set %s to a PostgreSQL image to run it", ImageVariable)
	}
	silence()
	docker, err := testcontainers.NewDockerClientWithOpts(t.Context())
	require.NoError(t, err)
	t.Cleanup(func() { _ = docker.Close() })
	return docker
}

func gone(t *testing.T, docker *testcontainers.DockerClient, id string) bool {
	t.Helper()
	_, err := docker.ContainerInspect(context.Background(), id, client.ContainerInspectOptions{})
	return errdefs.IsNotFound(err)
}

func TestPostgresRunsSQLUntilStopped(t *testing.T) {
	docker := needsDocker(t)
	start := time.Now()
	p, err := StartPostgres(t.Context(), PostgresOptions{})
	require.NoError(t, err)
	t.Logf("ready after %v", time.Since(start))
	id := p.container.GetContainerID()
	require.False(t, gone(t, docker, id))

	runSQL(t, p.DSN)

	start = time.Now()
	require.NoError(t, p.Stop(t.Context()))
	t.Logf("stopped after %v", time.Since(start))
	require.True(t, gone(t, docker, id))
	_, err = pgx.Connect(t.Context(), p.DSN)
	require.Error(t, err)
	require.NoError(t, p.Stop(t.Context()), "a second Stop does nothing")
}

// runSQL leaves its connection open, so that stopping has one to cut.
func runSQL(t *testing.T, dsn string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	require.NoError(t, err)
	_, err = conn.Exec(t.Context(), `create table ledger (id int primary key, effect text);
		insert into ledger values (1, 'charged'), (2, 'refunded')`)
	require.NoError(t, err)
	_, err = conn.Exec(t.Context(), `insert into ledger values (1, 'charged twice')`)
	require.ErrorContains(t, err, "duplicate key")
	var effects int
	require.NoError(t, conn.QueryRow(t.Context(), `select count(*) from ledger`).Scan(&effects))
	require.Equal(t, 2, effects)
}

func TestServersAreIndependent(t *testing.T) {
	needsDocker(t)
	var servers [2]*Postgres
	for i := range servers {
		p, err := StartPostgres(t.Context(), PostgresOptions{})
		require.NoError(t, err)
		defer p.Stop(t.Context())
		servers[i] = p
		runSQL(t, p.DSN) // creates the same table in each
	}
	require.NotEqual(t, servers[0].DSN, servers[1].DSN)
}

func TestEndedContextRemovesTheContainer(t *testing.T) {
	docker := needsDocker(t)
	ctx, cancel := context.WithCancel(t.Context())
	p, err := StartPostgres(ctx, PostgresOptions{})
	require.NoError(t, err)
	id := p.container.GetContainerID()
	cancel()
	require.Eventually(t, func() bool { return gone(t, docker, id) },
		20*time.Second, 20*time.Millisecond)
	require.NoError(t, p.Stop(ctx))
}

func TestStopWorksAfterTheContextHasEnded(t *testing.T) {
	docker := needsDocker(t)
	p, err := StartPostgres(t.Context(), PostgresOptions{})
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.NoError(t, p.Stop(ctx))
	require.True(t, gone(t, docker, p.container.GetContainerID()))
}

func TestStopOfAContainerSomebodyElseRemoved(t *testing.T) {
	docker := needsDocker(t)
	p, err := StartPostgres(t.Context(), PostgresOptions{})
	require.NoError(t, err)
	_, err = docker.ContainerRemove(t.Context(), p.container.GetContainerID(),
		client.ContainerRemoveOptions{Force: true})
	require.NoError(t, err)
	require.NoError(t, p.Stop(t.Context()))
}

// buildImage makes an image with a name of its own, so that a test can tell its containers from
// those of tests that run beside it.
func buildImage(t *testing.T, docker *testcontainers.DockerClient, extra string) string {
	t.Helper()
	name := "idemcheck-test:" + strings.ToLower(rand.Text())
	dockerfile := "FROM " + os.Getenv(ImageVariable) + "\n" + extra
	var archive bytes.Buffer
	w := tar.NewWriter(&archive)
	require.NoError(t, w.WriteHeader(
		&tar.Header{Name: "Dockerfile", Mode: 0o644, Size: int64(len(dockerfile))}))
	_, err := io.WriteString(w, dockerfile)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	built, err := docker.ImageBuild(t.Context(), &archive,
		client.ImageBuildOptions{Tags: []string{name}, Remove: true})
	require.NoError(t, err)
	_, err = io.Copy(io.Discard, built.Body) // the build has ended when its output has
	require.NoError(t, err)
	t.Cleanup(func() {
		_, err := docker.ImageRemove(context.Background(), name, client.ImageRemoveOptions{})
		require.NoError(t, err)
	})
	return name
}

// containersOf counts the containers, running or not, of one image.
func containersOf(t *testing.T, docker *testcontainers.DockerClient, image string) int {
	t.Helper()
	all, err := docker.ContainerList(context.Background(), client.ContainerListOptions{All: true})
	require.NoError(t, err)
	n := 0
	for _, c := range all.Items {
		if c.Image == image {
			n++
		}
	}
	return n
}

func TestInterruptedStartLeavesNothing(t *testing.T) {
	docker := needsDocker(t)
	image := buildImage(t, docker, "LABEL idemcheck.test=interrupted\n")
	for _, after := range []time.Duration{1, 10, 30, 50, 70, 100, 200, 400} {
		ctx, cancel := context.WithTimeout(t.Context(), after*time.Millisecond)
		p, err := StartPostgres(ctx, PostgresOptions{Image: image})
		cancel()
		if err == nil {
			require.NoError(t, p.Stop(ctx))
		}
		require.Zero(t, containersOf(t, docker, image), "interrupted after %d ms", after)
	}
}

func TestServerThatStopsSaysWhy(t *testing.T) {
	docker := needsDocker(t)
	image := buildImage(t, docker,
		`ENTRYPOINT ["sh", "-c", "echo the disk is upside down; exit 7"]`)
	_, err := StartPostgres(t.Context(), PostgresOptions{Image: image})
	require.ErrorContains(t, err, "starting PostgreSQL in a container: image "+image)
	require.ErrorContains(t, err, "exit code 7")
	require.ErrorContains(t, err, "the disk is upside down")
	require.Zero(t, containersOf(t, docker, image))
}

func TestServerThatNeverAnswersIsGivenUp(t *testing.T) {
	docker := needsDocker(t)
	image := buildImage(t, docker, `ENTRYPOINT ["sh", "-c", "read never </dev/zero"]`)
	_, err := StartPostgres(t.Context(),
		PostgresOptions{Image: image, ReadyWithin: 300 * time.Millisecond})
	require.ErrorContains(t, err, "no answer within 300ms")
	require.Zero(t, containersOf(t, docker, image))
}

func TestMissingImageIsNamed(t *testing.T) {
	needsDocker(t)
	missing := closedPort(t) + "/nothing:here" // a registry that refuses at once
	_, err := StartPostgres(t.Context(), PostgresOptions{Image: missing})
	require.ErrorContains(t, err, "image "+missing)
	require.NotErrorIs(t, err, ErrNoDocker)
}

func TestPrintsNothing(t *testing.T) {
	needsDocker(t)
	program := exec.CommandContext(t.Context(), os.Args[0])
	program.Env = append(os.Environ(), asProgram+"=1")
	output, err := program.CombinedOutput()
	require.NoError(t, err, string(output))
	require.Empty(t, string(output))
}
