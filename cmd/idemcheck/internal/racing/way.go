package racing

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/idemcheck/idemcheck/chaos"
	"github.com/idemcheck/idemcheck/chaos/guard"
	"github.com/idemcheck/idemcheck/chaos/upstream"
	"github.com/idemcheck/idemcheck/chaos/wire"
	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/exit"
	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/reach"
	"github.com/idemcheck/idemcheck/harness/contract/shown"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/route"
)

// way is the way to a service.
type way struct {
	world chaos.World
	plain *http.Transport
	// protocol says what is spoken, notes what of the line was done in another way.
	protocol string
	notes    []string
}

func (w *way) close() {
	w.plain.CloseIdleConnections()
	_ = w.world.Close() // which closes connections of nobody any more
}

// patience is how long a service may take to agree on TLS.
const patience = 10 * time.Second

// open makes the way to the host of a line, which the gate lets pass from now on.
func open(ctx context.Context, gate *guard.Guard, by shown.Way, to *url.URL) (*way, error) {
	out := &way{protocol: "HTTP/1.1"}
	target := targetOf(by, to)
	if by.HTTP2 && !by.Prior && to.Scheme == "http" {
		target.HTTP = ""
		out.notes = append(out.notes, "--http2 without TLS would begin with HTTP/1.1, and so it was "+
			"sent: --http2-prior-knowledge speaks HTTP/2 at once")
	}
	if by.Socket == "" {
		if err := reach.Admit(ctx, gate, to.Hostname(), "the URL of the line"); err != nil {
			return nil, err
		}
	}
	service, err := agreed(ctx, gate, target)
	if _, disagreed := errors.AsType[*upstream.HandshakeError](err); disagreed &&
		target.HTTP == route.HTTP2 && !by.Prior {
		target.HTTP = ""
		out.notes = append(out.notes, "the service does not agree on HTTP/2: HTTP/1.1 was sent")
		service, err = agreed(ctx, gate, target)
	}
	if err != nil {
		return nil, exit.Usage(fmt.Errorf("%w\n  next: give the line what curl needs: --cacert FILE, "+
			"-k, --cert FILE and --key FILE", err))
	}
	if service.HTTP2 {
		out.protocol = "HTTP/2"
	}
	if by.Socket != "" {
		out.protocol += " over " + by.Socket
	}
	if out.plain, err = service.Transport(gate.Transport()); err != nil {
		return nil, err
	}
	out.world, err = wire.New(wire.Options{
		URL: service.URL, TLS: service.TLS, ServerName: service.ServerName, TLSConfig: service.Config,
		HTTP2: service.HTTP2, Dial: gate.DialContext,
	})
	return out, err
}

// targetOf is where a line goes, in the words of contracts.
func targetOf(by shown.Way, to *url.URL) model.TargetSettings {
	out := model.TargetSettings{URL: to.Scheme + "://" + to.Host}
	if by.Socket != "" {
		out.URL, out.Host = "unix:"+by.Socket, to.Host
	}
	if by.HTTP2 {
		out.HTTP = route.HTTP2
	}
	if to.Scheme == "https" {
		out.TLS = &route.TLS{CA: by.CA, Cert: by.Cert, Key: by.Key, Insecure: by.Insecure}
	}
	return out
}

// agreed is the way to a target, with TLS agreed on once where it is spoken.
func agreed(
	ctx context.Context, gate *guard.Guard, target model.TargetSettings,
) (upstream.Upstream, error) {
	out, err := upstream.Of(target)
	if err != nil {
		return out, err
	}
	out.Dial = gate.DialContext
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if disagreed, is := errors.AsType[*upstream.HandshakeError](out.Probe(ctx)); is {
		return out, disagreed
	}
	return out, nil
}
