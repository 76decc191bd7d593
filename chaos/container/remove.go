package container

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/client"
	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/modules/postgres"
)

const (
	removeTimeout = 30 * time.Second
	logLines      = 5 // of a server that did not start: where PostgreSQL says why

	// A daemon goes on creating a container after its client has left. That takes it a tenth of a
	// second; we look for the container ten times as long.
	lateFor   = time.Second
	lateEvery = 50 * time.Millisecond
)

// abandonment is a start that failed: how far it came, and why it went no further.
type abandonment struct {
	image     string
	name      string
	container *postgres.PostgresContainer // nil if no container is known to exist
	cause     error
}

// abandoned removes what a failed start left behind and describes the failure.
func abandoned(ctx context.Context, a abandonment) error {
	interrupted := ctx.Err() != nil
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), removeTimeout)
	defer cancel()
	err := fmt.Errorf("image %s: %w%s", a.image, a.cause, lastWords(ctx, a.container))
	switch {
	case a.container != nil:
		return errors.Join(err, remove(ctx, a.container))
	case interrupted:
		return errors.Join(err, removeLate(ctx, a.name))
	}
	return err
}

// remove kills at once: nobody needs the data, and a polite stop waits for open connections.
func remove(ctx context.Context, c testcontainers.Container) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), removeTimeout)
	defer cancel()
	err := c.Terminate(ctx, testcontainers.StopTimeout(0))
	if errdefs.IsNotFound(err) {
		return nil // somebody else was faster, which is as good
	}
	return err
}

// removeLate removes the container that an interrupted start may have asked for.
func removeLate(ctx context.Context, name string) error {
	cli, err := testcontainers.NewDockerClientWithOpts(ctx)
	if err != nil {
		return err
	}
	defer cli.Close()
	late, stop := time.After(lateFor), time.NewTicker(lateEvery)
	defer stop.Stop()
	for {
		opts := client.ContainerRemoveOptions{Force: true, RemoveVolumes: true}
		_, err := cli.ContainerRemove(ctx, name, opts)
		if !errdefs.IsNotFound(err) {
			return err
		}
		select {
		case <-late:
			return nil
		case <-stop.C:
		}
	}
}

// lastWords is the end of a container's log in a form that continues an error, or nothing.
func lastWords(ctx context.Context, c *postgres.PostgresContainer) string {
	if c == nil {
		return ""
	}
	logs, err := c.Logs(ctx)
	if err != nil {
		return ""
	}
	defer logs.Close()
	text, _ := io.ReadAll(logs) // what could be read is better than nothing
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	lines = lines[max(0, len(lines)-logLines):]
	if lines[0] == "" {
		return ""
	}
	return "; the server's last words: " + strings.Join(lines, " | ")
}
