package guard_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/chaos/guard"
)

// answers is a name server that gives one answer after the other, and the last one for ever.
type answers struct {
	sets  [][]string
	asked int
}

func (a *answers) lookup(context.Context, string) ([]netip.Addr, error) {
	set := a.sets[min(a.asked, len(a.sets)-1)]
	a.asked++
	var out []netip.Addr
	for _, text := range set {
		out = append(out, netip.MustParseAddr(text))
	}
	return out, nil
}

func TestPrivateHostsAreAdmitted(t *testing.T) {
	g := guard.New(guard.Options{})
	for _, host := range []string{
		"127.0.0.1", "127.8.9.1", "::1", "[::1]", "localhost", "10.1.2.3", "172.16.0.1", "192.168.0.9", "fd00::1",
		"::ffff:10.0.0.1",
	} {
		require.NoError(t, g.Admit(t.Context(), host), host)
	}
}

func TestOtherAddressesAreRefused(t *testing.T) {
	for _, c := range []struct{ host, why, allow string }{
		{"203.0.113.1", "neither loopback nor private", "203.0.113.1"},
		{"[2001:db8::1]", "neither loopback nor private", "2001:db8::1"},
		{"::ffff:203.0.113.1", "neither loopback nor private", "203.0.113.1"},
		{"64:ff9b::7f00:1", "neither loopback nor private", "64:ff9b::7f00:1"},
		{"100.64.0.1", "neither loopback nor private", "100.64.0.1"},
		{"255.255.255.255", "neither loopback nor private", "255.255.255.255"},
		{"169.254.169.254", "link-local", "169.254.169.254"},
		{"::ffff:169.254.169.254", "link-local", "169.254.169.254"},
		{"fe80::1%lo", "link-local", "fe80::1%lo"},
		{"0.0.0.0", "not the address of one machine", "0.0.0.0"},
		{"::", "not the address of one machine", "::"},
		{"224.0.0.1", "not the address of one machine", "224.0.0.1"},
	} {
		err := guard.New(guard.Options{}).Admit(t.Context(), c.host)
		refused, ok := errors.AsType[*guard.RefusedError](err)
		require.True(t, ok, "%s: %v", c.host, err)
		require.Contains(t, refused.Error(), c.why)
		require.Equal(t, c.allow, refused.Allow)
		g := guard.New(guard.Options{Allow: []string{refused.Allow}})
		require.NoError(t, g.Admit(t.Context(), c.host))
		require.Error(t, g.Admit(t.Context(), "203.0.113.99"), "another one stays refused")
	}
}

func TestEveryAddressOfANameIsChecked(t *testing.T) {
	for name, c := range map[string]struct {
		set     []string
		allowed bool
		ok      bool
	}{
		"private":                   {[]string{"127.0.0.1", "::1"}, false, true},
		"public":                    {[]string{"203.0.113.1"}, false, false},
		"public, allowed":           {[]string{"203.0.113.1"}, true, true},
		"one of two":                {[]string{"127.0.0.1", "203.0.113.1"}, false, false},
		"metadata, allowed by name": {[]string{"169.254.169.254"}, true, false},
		"nothing":                   {nil, true, false},
	} {
		o := guard.Options{Lookup: (&answers{sets: [][]string{c.set}}).lookup}
		if c.allowed {
			o.Allow = []string{"Some.Where."}
		}
		err := guard.New(o).Admit(t.Context(), "some.where")
		require.Equal(t, c.ok, err == nil, "%s: %v", name, err)
	}
}

// TestANameIsPinned is about a name server that says 127.0.0.1 when the address is checked, and then
// something else: it is asked once.
func TestANameIsPinned(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(server.Close)
	at, err := url.Parse(server.URL)
	require.NoError(t, err)
	names := &answers{sets: [][]string{{"127.0.0.1"}, {"203.0.113.1"}}}
	g := guard.New(guard.Options{Lookup: names.lookup})
	require.NoError(t, g.Admit(t.Context(), "some.where"))
	require.NoError(t, g.Admit(t.Context(), "some.where"))
	for range 3 {
		conn, err := g.DialContext(t.Context(), "tcp", "some.where:"+at.Port())
		require.NoError(t, err)
		require.Equal(t, server.Listener.Addr().String(), conn.RemoteAddr().String())
		require.NoError(t, conn.Close())
	}
	require.Equal(t, 1, names.asked)
}

// TestTheNextAddressIsTried is about "localhost", which is often two addresses of which one listens.
func TestTheNextAddressIsTried(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = l.Close() })
	_, port, err := net.SplitHostPort(l.Addr().String())
	require.NoError(t, err)
	names := &answers{sets: [][]string{{"127.1.2.3", "127.0.0.1"}}}
	g := guard.New(guard.Options{Lookup: names.lookup})
	require.NoError(t, g.Admit(t.Context(), "some.where"))
	for range 2 {
		conn, err := g.DialContext(t.Context(), "tcp", "some.where:"+port)
		require.NoError(t, err)
		require.NoError(t, conn.Close())
	}
	require.NoError(t, l.Close())
	_, err = g.DialContext(t.Context(), "tcp", "some.where:"+port)
	require.ErrorContains(t, err, "refused")
}

func TestNobodyElseIsDialled(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(server.Close)
	g := guard.New(guard.Options{})
	_, err := g.DialContext(t.Context(), "tcp", server.Listener.Addr().String())
	refused, ok := errors.AsType[*guard.RefusedError](err)
	require.True(t, ok, "%v", err)
	require.Contains(t, refused.Error(), "nobody named that host")
	_, err = g.DialContext(t.Context(), "tcp", "no port")
	require.ErrorContains(t, err, "reading the address")
}

func TestTheTransportFollowsNothing(t *testing.T) {
	away := http.RedirectHandler("http://203.0.113.1/elsewhere", http.StatusTemporaryRedirect)
	server := httptest.NewServer(away)
	t.Cleanup(server.Close)
	t.Setenv("HTTP_PROXY", "http://203.0.113.1:3128")
	g := guard.New(guard.Options{})
	require.NoError(t, g.Admit(t.Context(), "127.0.0.1"))
	transport := g.Transport()
	t.Cleanup(transport.CloseIdleConnections)
	client := http.Client{Transport: transport, CheckRedirect: guard.NoRedirect}
	resp, err := client.Post(server.URL, "text/plain", http.NoBody)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, http.StatusTemporaryRedirect, resp.StatusCode)
	require.Nil(t, transport.Proxy)
}

// TestLocalhostIsBothFamilies: no name server is asked for it, and a service that listens at one of its
// addresses is found.
func TestLocalhostIsBothFamilies(t *testing.T) {
	names := &answers{sets: [][]string{{"203.0.113.1"}}}
	g := guard.New(guard.Options{Lookup: names.lookup})
	require.NoError(t, g.Admit(t.Context(), "Localhost."))
	require.Zero(t, names.asked)
	require.Len(t, guard.Loopback("localhost"), 2)
	require.Empty(t, guard.Loopback("localhost.example"))
	for _, addr := range guard.Loopback("localhost") {
		listener, err := net.Listen("tcp", net.JoinHostPort(addr.String(), "0"))
		if err != nil {
			continue // a machine without IPv6
		}
		_, port, err := net.SplitHostPort(listener.Addr().String())
		require.NoError(t, err)
		conn, err := g.DialContext(t.Context(), "tcp", net.JoinHostPort("localhost", port))
		require.NoError(t, err)
		require.NoError(t, errors.Join(conn.Close(), listener.Close()))
	}
}
