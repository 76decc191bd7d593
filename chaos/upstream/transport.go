package upstream

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/idemcheck/idemcheck/chaos/guard"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/route"
)

// Base is what all paths of a target follow, and the host that requests name: that of its URL
// unless it says another, and localhost for a Unix socket.
func Base(t model.TargetSettings) (*url.URL, error) { return base(t.URL, t.Host, t.TLS != nil) }

// Bases are the bases of all replicas of a target, the first one first.
func Bases(t model.TargetSettings) (out []*url.URL, err error) {
	for n := range 1 + len(t.Replicas) {
		one, err := Base(t.At(n))
		if err != nil {
			return nil, fmt.Errorf("finding the target: %w", err)
		}
		out = append(out, one)
	}
	return out, nil
}

func base(target, host string, encrypted bool) (*url.URL, error) {
	out := &url.URL{Scheme: scheme(encrypted), Host: "localhost"}
	if _, socket := route.Socket(target); !socket {
		u, err := url.Parse(target)
		if err != nil { // whose text may hold a password
			return nil, errors.New("the target's URL cannot be read")
		}
		out = u
	}
	out.Host = cmp.Or(host, out.Host)
	return out, nil
}

// scheme is that of a URL.
func scheme(encrypted bool) string {
	if encrypted {
		return "https"
	}
	return "http"
}

// only lets nobody be dialled but one address.
func only(address string, open func(context.Context) (net.Conn, error)) Dial {
	return func(ctx context.Context, _, asked string) (net.Conn, error) {
		if !strings.EqualFold(asked, address) {
			host, _, _ := net.SplitHostPort(asked)
			return nil, &guard.RefusedError{Host: host}
		}
		return open(ctx)
	}
}

// protocols is HTTP/2 alone.
func protocols(encrypted bool) *http.Protocols {
	p := new(http.Protocols)
	p.SetHTTP2(encrypted)
	p.SetUnencryptedHTTP2(!encrypted)
	return p
}
