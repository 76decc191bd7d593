package main

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestInNamespace is started by TestNoByteLeaves: no trick of a service, of a name server, of an address
// or of the environment makes anything leave.
func TestInNamespace(t *testing.T) {
	if os.Getenv(namespaceVariable) != "inside" {
		t.Log("only TestNoByteLeaves starts this")
		return
	}
	at := enter(t)
	o := &outside{recorder: record(t), public: listenAt(t, elsewhere, newPayments(flaws{}))}
	o.since(t)
	conn, err := net.Dial("tcp", o.public)
	require.NoError(t, err)
	// A reset is the last packet. After an ordinary close the server's half follows at its own time, and was
	// taken for a packet of the first run.
	require.NoError(t, conn.(*net.TCPConn).SetLinger(0))
	require.NoError(t, conn.Close())
	require.NotEmpty(t, o.since(t), "the recorder sees what leaves")
	t.Run("redirects", o.redirects)
	t.Run("addresses", o.addresses)
	t.Run("turncoat", func(t *testing.T) { o.turncoat(t, at) })
	t.Run("proxies", o.proxies)
	t.Run("ways", o.ways)
	t.Run("collectors", o.collectors)
	t.Logf("%d runs, 0 packets outside", o.runs)
}

// outside is what nobody named: a service at a public address that would answer well.
type outside struct {
	*recorder
	public string // "host:port"
	runs   int
}

// listenAt serves at an address and returns "host:port".
func listenAt(t *testing.T, host string, h http.Handler) string {
	t.Helper()
	l, err := net.Listen("tcp", net.JoinHostPort(host, "0"))
	require.NoError(t, err)
	server := &httptest.Server{Listener: l, Config: &http.Server{Handler: h}}
	server.Start()
	t.Cleanup(server.Close)
	return l.Addr().String()
}

// stays runs the command and asks that nothing left.
func (o *outside) stays(t *testing.T, args ...string) ended {
	t.Helper()
	o.since(t)
	o.runs++
	env := map[string]string{"HTTP_PROXY": os.Getenv("HTTP_PROXY")}
	got := invocation{ctx: t.Context(), env: env, bubbles: t}.run(t, append([]string{
		"run", "-f", file(t, "idemcheck.yaml", lookedUp(t)), "--no-progress", "--out", "none", "--seed", "1",
		"--cases", "2", "--scenario", "lost-answers",
	}, args...)...)
	require.Empty(t, o.since(t), "packets left: %s%s", got.out, got.err)
	return got
}

// redirects is about services that send every kind of client elsewhere, with every kind of redirect.
func (o *outside) redirects(t *testing.T) {
	for _, c := range clients() {
		for _, status := range redirections {
			t.Run(fmt.Sprintf("%s %d", c.name, status), func(t *testing.T) {
				hostile := detour{c, status, "http://" + o.public}
				got := o.stays(t, "--target", "http://"+listenAt(t, "127.0.0.1", hostile.handler()))
				require.NotEqual(t, exitValid, got.code, "what was never read is no pass")
				if c.name != "operation" {
					said := strings.Join(strings.Fields(got.out+got.err), " ") // lines are wrapped
					require.Contains(t, said, "redirects are not followed")
				}
			})
		}
	}
	t.Run("Toxiproxy", func(t *testing.T) {
		for _, status := range redirections {
			api := listenAt(t, "127.0.0.1", http.RedirectHandler("http://"+o.public+"/", status))
			got := o.stays(t, "--target", servePayments(t, flaws{}), "--toxiproxy", "http://"+api)
			require.Equal(t, exitFailed, got.code, got.err)
		}
	})
}

// addresses is about spellings of addresses, as the target and as the Toxiproxy server.
func (o *outside) addresses(t *testing.T) {
	_, port, err := net.SplitHostPort(o.public)
	require.NoError(t, err)
	right := servePayments(t, flaws{})
	for _, host := range []string{
		elsewhere, "[::ffff:" + elsewhere + "]", "3405803785", "0xcb007109", // all the same
		"0313.0.0161.011", "203.0.28937",
		"127.0.0.1@" + elsewhere, "127.0.0.1:80@" + elsewhere, metadata, "[::ffff:a9fe:a9fe]", "[fe80::1%25lo]",
		"[fe80::1]", "0.0.0.0", "[::]", "255.255.255.255", "224.0.0.1", "100.64.0.1", "[2001:db8::1]",
		"[64:ff9b::cb00:7109]", "public.test", "mixed.test", "metadata.test", "PUBLIC.test.", "nobody.test",
		"127.0.0.1." + elsewhere, elsewhere + "\\@127.0.0.1",
		elsewhere + "#@127.0.0.1", elsewhere + "%2f@127.0.0.1",
	} {
		url := "http://" + host + ":" + port
		for _, args := range [][]string{{"--target", url}, {"--target", right, "--toxiproxy", url}} {
			got := o.stays(t, args...)
			require.Contains(t, []int{exitUsage, exitFailed}, got.code, "%s: %s%s", args, got.out, got.err)
			require.Regexp(t, `next: `, got.err)
		}
	}
}

// turncoat is about a name server that says 127.0.0.1 first, and then a public address: the run stays
// where it began.
func (o *outside) turncoat(t *testing.T, at *names) {
	right := servePayments(t, flaws{})
	_, port, err := net.SplitHostPort(strings.TrimPrefix(right, "http://"))
	require.NoError(t, err)
	lookups := []string{"--target", "http://turncoat.test:" + port}
	got := o.stays(t, lookups...)
	require.Equal(t, 1, at.asked["turncoat.test"], "%s%s", got.out, got.err)
	require.NotContains(t, got.err, "cannot be reached")
	got = o.stays(t, lookups...)
	require.Equal(t, exitUsage, got.code, "the second run is told the public address: %s", got.err)
}

// proxies is about a proxy that the environment names: it is not used, and the run says so.
func (o *outside) proxies(t *testing.T) {
	here := listenAt(t, office, newPayments(flaws{}))
	got := o.stays(t, "--target", "http://"+here)
	require.NotContains(t, got.err, "cannot be reached")
	require.Contains(t, got.err, "proxies are not used, though the environment has HTTP_PROXY")
	toxiproxy := listenAt(t, office, http.NotFoundHandler())
	got = o.stays(t, "--target", "http://"+here, "--toxiproxy", "http://"+toxiproxy)
	require.Contains(t, got.err, "answered 404")
}

// ways is about targets that are not reached by plain HTTP: the host that requests name and the one of
// a certificate are not dialled, and nobody is asked where they are.
func (o *outside) ways(t *testing.T) {
	for _, host := range []string{elsewhere, "public.test", "metadata.test"} {
		require.Equal(t, exitUsage, o.stays(t, "--target", "https://"+host).code)
	}
	named := way{
		listen: "127.0.0.1:0", tls: proving("public.test"),
		target: "url: https://127.0.0.1:PORT, host: public.test, tls: {ca: authority.pem}",
	}
	require.Equal(t, exitValid, o.stays(t, "-f", on(t, named, newPayments(flaws{}))).code)
	socket := way{listen: "s", target: "url: unix:s, host: public.test"}
	require.Equal(t, exitValid, o.stays(t, "-f", on(t, socket, newPayments(flaws{}))).code)
}

// collectors is about where traces are sent: to the host that was named, if it may be, and nowhere else.
func (o *outside) collectors(t *testing.T) {
	right := servePayments(t, flaws{})
	_, port, err := net.SplitHostPort(o.public)
	require.NoError(t, err)
	for _, host := range []string{
		elsewhere, "public.test", "mixed.test", "metadata.test", metadata, "0313.0.0161.011",
	} {
		got := o.stays(t, "--target", right, "--otlp", "http://"+host+":"+port)
		require.Contains(t, []int{exitUsage, exitValid}, got.code, "%s: %s%s", host, got.out, got.err)
		require.Regexp(t, `next: |note: traces: 0 of operations were sent`, got.err)
	}
	for _, status := range redirections {
		there := listenAt(t, "127.0.0.1", http.RedirectHandler("http://"+o.public+"/", status))
		got := o.stays(t, "--target", right, "--otlp", "http://"+there)
		require.Equal(t, exitValid, got.code, got.err)
		require.Contains(t, got.err, fmt.Sprint("it answered ", status))
	}
	here := listenAt(t, office, http.NotFoundHandler())
	require.Contains(t, o.stays(t, "--target", right, "--otlp", "http://"+here).err, "it answered 404")
}
