package main

import (
	"crypto/tls"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// way is a way on which a service is reached.
type way struct {
	name string
	// listen and tls are the service's: an address (or a path, for a Unix socket), and how it proves who
	// it is; nil is without TLS.
	listen string
	tls    func(a *authority) *tls.Config
	// target is written in the contract; PORT is the service's.
	target string
	// seen is asked of every request that reaches the service.
	seen func(r *http.Request) bool
}

// proving shows a certificate for some names.
func proving(names ...string) func(*authority) *tls.Config {
	return func(a *authority) *tls.Config {
		cert := a.issue("server", time.Time{}, names...)
		return &tls.Config{Certificates: []tls.Certificate{cert}}
	}
}

// mutual also asks clients for a certificate.
func mutual(a *authority) *tls.Config {
	c := proving("127.0.0.1")(a)
	c.ClientAuth, c.ClientCAs = tls.RequireAndVerifyClientCert, a.pool()
	a.issue("client", time.Time{})
	return c
}

func encrypted(major int) func(*http.Request) bool {
	return func(r *http.Request) bool { return r.TLS != nil && r.ProtoMajor == major }
}

// ways are those that a contract can name besides plain HTTP.
func ways() []way {
	plain := func(r *http.Request) bool { return r.TLS == nil && r.ProtoMajor == 1 }
	return []way{
		{
			"own authority, files beside the contract", "127.0.0.1:0", proving("127.0.0.1"),
			"url: https://127.0.0.1:PORT, tls: {ca: authority.pem}", encrypted(1),
		},
		{
			"the name of the certificate", "127.0.0.1:0", proving("payments.test"),
			"url: https://127.0.0.1:PORT, host: payments.test, tls: {ca: authority.pem}",
			func(r *http.Request) bool {
				return r.TLS.ServerName == "payments.test" && r.Host == "payments.test"
			},
		},
		{
			"nobody is trusted", "127.0.0.1:0", proving("elsewhere.test"),
			"url: https://127.0.0.1:PORT, tls: {insecure: true}", encrypted(1),
		},
		{
			"a certificate of the client", "127.0.0.1:0", mutual,
			"url: https://127.0.0.1:PORT, tls: {ca: authority.pem, cert: client.pem, key: client-key.pem}",
			func(r *http.Request) bool { return r.TLS.PeerCertificates[0].Subject.CommonName == "client" },
		},
		{
			"HTTP/2", "127.0.0.1:0", proving("localhost"),
			"url: https://127.0.0.1:PORT, http: 2, tls: {ca: authority.pem, server_name: localhost}",
			encrypted(2),
		},
		{
			"HTTP/2 without TLS", "127.0.0.1:0", nil, "url: http://127.0.0.1:PORT, http: 2",
			func(r *http.Request) bool { return r.TLS == nil && r.ProtoMajor == 2 },
		},
		{
			"a Unix socket", "service.sock", nil, "url: unix:service.sock, host: payments.test",
			func(r *http.Request) bool { return plain(r) && r.Host == "payments.test" },
		},
		{
			"TLS over a Unix socket", "service.sock", proving("localhost"),
			"url: unix:service.sock, http: 2, tls: {ca: authority.pem}", encrypted(2),
		},
		{"localhost by IPv4", "127.0.0.1:0", nil, "url: http://localhost:PORT", plain},
		{"localhost by IPv6", "[::1]:0", nil, "url: http://localhost:PORT", plain},
	}
}

// on serves an endpoint on a way and returns the path of its contract, both in a folder of their own.
func on(t *testing.T, w way, h http.Handler) string {
	t.Helper()
	folder := t.TempDir()
	network := "tcp"
	if !strings.Contains(w.listen, ":") {
		network, w.listen = "unix", filepath.Join(folder, w.listen)
	}
	server := httptest.NewUnstartedServer(http.HandlerFunc(
		func(rw http.ResponseWriter, r *http.Request) {
			if w.seen != nil && !w.seen(r) {
				t.Errorf("%s: reached by %s, TLS %v, host %s", w.name, r.Proto, r.TLS != nil, r.Host)
			}
			h.ServeHTTP(rw, r)
		}))
	require.NoError(t, server.Listener.Close())
	var err error
	server.Listener, err = net.Listen(network, w.listen)
	if strings.HasPrefix(w.listen, "[::1]") && err != nil {
		t.Skip("this machine has no IPv6")
	}
	require.NoError(t, err)
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // requests that are lost end handshakes
	server.Config.Protocols = new(http.Protocols)
	server.Config.Protocols.SetHTTP1(true)
	server.Config.Protocols.SetUnencryptedHTTP2(true)
	authority := newAuthority(t, folder, "authority")
	newAuthority(t, folder, "stranger")
	if w.tls != nil {
		server.TLS = w.tls(authority)
		server.EnableHTTP2 = len(server.TLS.NextProtos) == 0
		server.Config.Protocols.SetHTTP2(true)
		server.StartTLS()
	} else {
		server.Start()
	}
	t.Cleanup(server.Close)
	_, port, _ := net.SplitHostPort(server.Listener.Addr().String())
	target := "target: {" + strings.ReplaceAll(w.target, "PORT", port) +
		`, timeout: 500ms, headers: {Authorization: "Bearer literal-secret-9f2c"}}`
	_, rest, _ := strings.Cut(minimal, "\ndialect:")
	path := filepath.Join(folder, "idemcheck.yaml")
	require.NoError(t, os.WriteFile(path,
		[]byte("version: 1\n"+target+"\ndialect:"+rest), 0o600))
	return path
}

// TestWaysToAService: on every way a right service is right, a wrong one is found, and faults really
// happen.
func TestWaysToAService(t *testing.T) {
	t.Parallel()
	for _, w := range ways() {
		for kind, code := range map[string]int{"right": exitValid, "wrong": exitInvalid} {
			t.Run(w.name+"/"+kind, func(t *testing.T) {
				contract := on(t, w, newPayments(flaws{ignoresKeys: kind == "wrong"}))
				e := invoke(t, "run", contract, "--seed", "3", "--cases", "6", "--scenario",
					"lost-answers,cut-requests,concurrent-duplicates", "--out", "none", "--format", "json")
				require.Equal(t, code, e.code, "%s\n%s", e.out, e.err)
				v := e.verdict(t)
				require.Positive(t, v.Faults.Fired)
				require.GreaterOrEqual(t, len(v.Faults.ByKind), 2)
				insecure := strings.Contains(w.target, "insecure: true")
				const note = "certificate is not verified"
				require.Equal(t, insecure, strings.Contains(e.err, note), e.err)
				if insecure {
					require.Contains(t, invoke(t, "check", contract).out, note)
				}
			})
		}
	}
}
