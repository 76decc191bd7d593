// Command journal is a small shop that keeps what it did in a file, one line for each order, so
// that it may be killed at any moment. BROKEN=NAME makes it wrong in one way, as services are.
package main

import (
	"context"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// The ways to be wrong.
const (
	// memoryKeys keeps the orders in the file and their keys in memory.
	memoryKeys = "memory-keys"
	// earlyAnswer answers before the order is in the file.
	earlyAnswer = "early-answer"
	// twoWrites writes the order first and its key when the work is done.
	twoWrites = "two-writes"
	// snapshot writes the file anew at SIGTERM, without what is under way then.
	snapshot = "snapshot"
	// lease lets an order be taken over whose lease has ended, and both owners write it.
	lease = "lease"
)

func main() {
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

// run serves until SIGTERM, and then ends what is under way.
func run() error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	s, err := open(os.Getenv("JOURNAL"), os.Getenv("BROKEN"))
	if err != nil {
		return err
	}
	var config net.ListenConfig
	l, err := config.Listen(ctx, "tcp", "127.0.0.1:"+os.Getenv("PORT"))
	if err != nil {
		return err
	}
	server := &http.Server{Handler: s.routes(), ReadHeaderTimeout: time.Minute}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(l) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	if s.broken == snapshot {
		if err := s.rewrite(); err != nil {
			return err
		}
	}
	within, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	return server.Shutdown(within)
}
