// Package guard lets connections go only to hosts that the user named. A name is looked up once
// and its addresses are pinned, so that no later answer of a name server leads elsewhere.
package guard

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/idemcheck/idemcheck/internal/lists"
)

// Guard dials the hosts that were admitted, and no other. Its methods may be used from many
// goroutines.
type Guard struct {
	allowed []string
	lookup  Lookup
	mu      sync.Mutex
	// pinned are the addresses of admitted hosts, the one that answered last first; protected by
	// mu.
	pinned map[string][]netip.Addr
}

// Lookup returns the addresses of a host.
type Lookup func(ctx context.Context, host string) ([]netip.Addr, error)

// Options say what is allowed besides this machine and private networks.
type Options struct {
	// Allow lists hosts, as names or as addresses, that may be public. An address that is neither
	// public nor private (link-local, as the metadata of clouds; multicast) must be listed itself:
	// a name that leads there is not enough.
	Allow []string
	// Lookup is asked once for every host; nil means the resolver of this machine.
	Lookup Lookup
}

// New makes a guard that has admitted nothing yet.
func New(o Options) *Guard {
	if o.Lookup == nil {
		o.Lookup = lookup
	}
	allowed := lists.Map(o.Allow, plain)
	return &Guard{allowed: allowed, lookup: o.Lookup, pinned: map[string][]netip.Addr{}}
}

func lookup(ctx context.Context, host string) ([]netip.Addr, error) {
	return net.DefaultResolver.LookupNetIP(ctx, "ip", host)
}

// RefusedError is a host that may not be reached.
type RefusedError struct {
	// Host is as it was named, Addr what it stands for; the zero Addr when the host was never
	// admitted.
	Host string
	Addr netip.Addr
	// Why says what is wrong with the address, Allow what to allow if it is meant all the same.
	Why, Allow string
}

// Error says which host, and why.
func (e *RefusedError) Error() string {
	if !e.Addr.IsValid() {
		return fmt.Sprintf("nothing is sent to %q: nobody named that host", e.Host)
	}
	return fmt.Sprintf("%s (%s) %s", e.Host, e.Addr, e.Why)
}

// Admit looks a host up, checks each of its addresses and pins them. Admitting it again does
// nothing. The error is a [*RefusedError] or that of the look-up.
func (g *Guard) Admit(ctx context.Context, host string) error {
	if len(g.addresses(host)) > 0 {
		return nil
	}
	found, err := g.find(ctx, host)
	if err != nil {
		return err
	}
	for _, addr := range found {
		if err := g.check(host, addr); err != nil {
			return err
		}
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.pinned[plain(host)] == nil {
		g.pinned[plain(host)] = found
	}
	return nil
}

// Loopback lists the addresses of localhost, of both families, whatever the files of this machine
// say: a service may listen at one of them only. It is empty for any other host.
func Loopback(host string) []netip.Addr {
	if plain(host) != "localhost" {
		return nil
	}
	return []netip.Addr{netip.AddrFrom4([4]byte{127, 0, 0, 1}), netip.IPv6Loopback()}
}

// find returns the addresses of a host: an address stands for itself.
func (g *Guard) find(ctx context.Context, host string) ([]netip.Addr, error) {
	if addr, err := netip.ParseAddr(plain(host)); err == nil {
		return []netip.Addr{addr.Unmap()}, nil
	}
	if both := Loopback(host); len(both) > 0 {
		return both, nil
	}
	found, err := g.lookup(ctx, host)
	if err != nil {
		return nil, fmt.Errorf("looking up the host %q: %w", host, err)
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("looking up the host %q: it has no address", host)
	}
	out := make([]netip.Addr, len(found))
	for i, addr := range found {
		out[i] = addr.Unmap()
	}
	return out, nil
}

// check refuses an address that is neither private nor allowed.
func (g *Guard) check(host string, addr netip.Addr) error {
	if addr.IsLoopback() || addr.IsPrivate() && addr.Zone() == "" || g.allows(addr.String()) {
		return nil
	}
	refused := &RefusedError{Host: host, Addr: addr, Allow: addr.String()}
	switch {
	case addr.IsLinkLocalUnicast():
		refused.Why = "is a link-local address, where clouds keep the credentials of machines"
	case addr.IsMulticast() || addr.IsUnspecified():
		refused.Why = "is not the address of one machine"
	case g.allows(host):
		return nil
	default:
		refused.Why, refused.Allow = "is neither loopback nor private", plain(host)
	}
	return refused
}

func (g *Guard) allows(host string) bool { return slices.Contains(g.allowed, plain(host)) }

// plain spells a host in one way: names in small letters without the last dot, addresses as they
// are written shortest.
func plain(host string) string {
	host = strings.TrimSuffix(strings.ToLower(strings.Trim(host, "[]")), ".")
	if addr, err := netip.ParseAddr(host); err == nil {
		return addr.Unmap().String()
	}
	return host
}

// addresses returns the pinned addresses of a host; none when it was not admitted.
func (g *Guard) addresses(host string) []netip.Addr {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.pinned[plain(host)]
}

// DialContext connects to an admitted host, at its pinned addresses one after the other. Whatever
// else is asked for is a [*RefusedError], and no packet is sent. It fits [http.Transport].
func (g *Guard) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("reading the address to dial: %w", err)
	}
	pinned := g.addresses(host)
	if len(pinned) == 0 {
		return nil, &RefusedError{Host: host}
	}
	var failed error
	for i, addr := range pinned {
		conn, err := dial(ctx, network, net.JoinHostPort(addr.String(), port), len(pinned)-i)
		if err == nil {
			g.prefer(host, addr)
			return conn, nil
		}
		failed = errors.Join(failed, err)
	}
	return nil, failed
}

// perAddress is how long one of several addresses is tried when nothing else bounds it.
const perAddress = 5 * time.Second

// dial tries one address, for its share of the time when others are left to try.
func dial(ctx context.Context, network, address string, left int) (net.Conn, error) {
	if left > 1 {
		within, cancel := context.WithTimeout(ctx, shareOf(ctx, left))
		defer cancel()
		ctx = within
	}
	var d net.Dialer
	return d.DialContext(ctx, network, address)
}

// shareOf is how long one address may take when others are left.
func shareOf(ctx context.Context, left int) time.Duration {
	if end, ok := ctx.Deadline(); ok {
		return min(perAddress, time.Until(end)/time.Duration(left))
	}
	return perAddress
}

// prefer moves the address that answered to the front.
func (g *Guard) prefer(host string, addr netip.Addr) {
	g.mu.Lock()
	defer g.mu.Unlock()
	host = plain(host)
	if known := g.pinned[host]; known[0] != addr {
		g.pinned[host] = lists.Distinct(append([]netip.Addr{addr}, known...))
	}
}
