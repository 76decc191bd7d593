package reference

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/idemcheck/idemcheck/reference/internal/payment"
)

// shutdownLimit leaves an attempt that is being worked on its whole time.
const shutdownLimit = payment.WorkLimit + 5*time.Second

// Serve serves the handler on the listener until the context ends, then lets the attempts under way
// finish and returns nil. It closes the listener. An error means that it could not go on serving,
// or that attempts were still under way after 35 s.
func Serve(ctx context.Context, listener net.Listener, handler http.Handler) error {
	server := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      2 * payment.WorkLimit,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	select {
	case err := <-ended:
		return fmt.Errorf("serving payments on %s: %w", listener.Addr(), err)
	case <-ctx.Done():
	}
	limit, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownLimit)
	defer cancel()
	if err := server.Shutdown(limit); err != nil {
		return errors.Join(fmt.Errorf("letting the last attempts finish: %w", err), server.Close())
	}
	return nil
}
