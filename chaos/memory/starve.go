package memory

import (
	"context"
	"net"
	"net/http"

	"github.com/idemcheck/idemcheck/chaos"
	"github.com/idemcheck/idemcheck/chaos/internal/moment"
	"github.com/idemcheck/idemcheck/chaos/internal/starve"
)

var _ chaos.Starving = (*World)(nil)

// Starves implements [chaos.Starving].
func (w *World) Starves() {}

// Pause lets a service pause as a busy machine would have it, where the case under ctx has pauses;
// anywhere else it does nothing. The context is a message's, or one that was made of it.
func Pause(ctx context.Context) {
	starve.From(ctx).Pause(context.Background(), starve.ServiceWorks)
}

// Observing sends with next and pauses before each message and before each answer, since the world
// opened a net that has pauses.
func (w *World) Observing(next http.RoundTripper) http.RoundTripper { return observing{w, next} }

type observing struct {
	world *World
	next  http.RoundTripper
}

// RoundTrip implements [http.RoundTripper].
func (o observing) RoundTrip(r *http.Request) (*http.Response, error) {
	steps := o.world.observer.Load()
	steps.Pause(r.Context(), starve.ObserverAsks)
	answer, err := o.next.RoundTrip(r)
	steps.Pause(r.Context(), starve.ObserverReads)
	return answer, err
}

// carried puts the steps of a connection and its moment into the context of its messages.
func carried(ctx context.Context, c net.Conn) context.Context {
	ctx, c = moment.Of(ctx, c)
	if paused, ok := c.(*starve.PausingConn); ok {
		return starve.With(ctx, paused.Steps())
	}
	return ctx
}

// paused pauses before each message is handled.
func paused(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		starve.From(r.Context()).Pause(context.Background(), starve.HandlerBegins)
		h.ServeHTTP(w, r)
	})
}
