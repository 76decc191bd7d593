package container

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/testcontainers/testcontainers-go"
)

// askEvery is the pause between two questions whether the server is there yet.
const askEvery = 50 * time.Millisecond

// started is a server that runs and has not answered yet.
type started struct {
	server
	container   testcontainers.Container
	readyWithin time.Duration
}

// dsnWhenReady returns the server's address when it has answered there. It fails at once if the
// container stops.
func (s started) dsnWhenReady(ctx context.Context) (string, error) {
	bounded, cancel := context.WithTimeout(ctx, s.readyWithin)
	defer cancel()
	pause := time.NewTicker(askEvery)
	defer pause.Stop()
	for {
		dsn, refusal := s.ask(bounded)
		if refusal == nil {
			return dsn, nil
		}
		if err := stillRuns(bounded, s.container); err != nil {
			return "", err
		}
		select {
		case <-pause.C:
		case <-bounded.Done():
			return "", tooLate(ctx, s.readyWithin, refusal)
		}
	}
}

// ask wants an answer from the server itself. An open port would say less: Docker opens it before
// the server listens, and takes it away when the container stops.
func (s started) ask(ctx context.Context) (string, error) {
	port, err := s.container.MappedPort(ctx, serverPort)
	if err != nil {
		return "", fmt.Errorf("finding the published port: %w", err)
	}
	dsn := s.dsn(port)
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return "", err
	}
	defer conn.Close(ctx)
	return dsn, conn.Ping(ctx)
}

// stillRuns gives the benefit of the doubt when the daemon does not say: the next answer or the
// deadline decides.
func stillRuns(ctx context.Context, c testcontainers.Container) error {
	state, err := c.State(ctx)
	if err != nil || state.Running {
		return nil
	}
	return fmt.Errorf("the server stopped with exit code %d", state.ExitCode)
}

func tooLate(ctx context.Context, within time.Duration, refusal error) error {
	if err := context.Cause(ctx); err != nil {
		return err
	}
	return fmt.Errorf("no answer within %v: %w", within, oneLine{refusal})
}
