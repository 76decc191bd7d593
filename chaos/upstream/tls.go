package upstream

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/idemcheck/idemcheck/internal/lists"
)

// HandshakeError is a service and a client that do not agree on TLS, or on the version of HTTP. It
// says nothing about what the service does.
type HandshakeError struct {
	// Host is who was to agree, On is "TLS" or "HTTP", Why what went wrong, Advice what to do next.
	Host, On, Why, Advice string
	// Err is the cause.
	Err error
}

// Error says with whom and why.
func (e *HandshakeError) Error() string {
	return fmt.Sprintf("agreeing on %s with %s: %s", e.On, e.Host, e.Why)
}

// Unwrap returns the cause.
func (e *HandshakeError) Unwrap() error { return e.Err }

// tlsConfig is the configuration of all connections: they share sessions, as those of one client
// do.
func (t Upstream) tlsConfig() *tls.Config {
	c := &tls.Config{MinVersion: tls.VersionTLS12}
	if t.Config != nil {
		c = t.Config.Clone()
	}
	if t.ServerName != "" {
		c.ServerName = t.ServerName
	}
	c.NextProtos = []string{"http/1.1"}
	if t.HTTP2 {
		c.NextProtos = []string{http2}
	}
	if c.ClientSessionCache == nil {
		c.ClientSessionCache = tls.NewLRUClientSessionCache(0)
	}
	return c
}

// http2 is the name of HTTP/2 over TLS.
const http2 = "h2"

// secure agrees on TLS.
func (t Upstream) secure(ctx context.Context, raw net.Conn) (net.Conn, error) {
	conn := tls.Client(raw, t.Config)
	if err := t.shake(ctx, conn); err != nil {
		_ = raw.Close()
		return nil, err
	}
	return conn, nil
}

// shake makes the handshake, and says why there is none.
func (t Upstream) shake(ctx context.Context, conn *tls.Conn) error {
	err := conn.HandshakeContext(ctx)
	if ctx.Err() != nil {
		return err
	}
	if err != nil {
		return t.explained(err)
	}
	if t.HTTP2 && conn.ConnectionState().NegotiatedProtocol != http2 {
		return t.failed(nil, "the service does not speak HTTP/2", noHTTP2)
	}
	return nil
}

// silence is how long a proof waits for what the service says of a client's certificate.
const silence = 5 * time.Second

// proved makes a handshake and closes the connection. What a service says of a client's
// certificate, or of none, may come only behind the handshake (TLS 1.3): then it is read what it
// says to a client that leaves.
func (t Upstream) proved(ctx context.Context, raw net.Conn) error {
	defer func() { _ = raw.Close() }()
	conf := t.Config.Clone()
	asked := len(conf.Certificates) > 0 || conf.GetClientCertificate != nil
	if !asked {
		conf.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			asked = true
			return new(tls.Certificate), nil
		}
	}
	conn := tls.Client(raw, conf)
	err := t.shake(ctx, conn)
	if why, ok := errors.AsType[*HandshakeError](err); ok && asked && alertOf(err) != "" {
		why.Why, why.Advice = t.unwelcome(alertOf(err))
	}
	if err != nil || !asked {
		return err
	}
	_ = conn.CloseWrite()
	_ = conn.SetReadDeadline(time.Now().Add(silence))
	_, err = io.Copy(io.Discard, conn)
	if err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		return nil
	}
	return t.explained(err)
}

func (t Upstream) failed(err error, why, advice string) *HandshakeError {
	return &HandshakeError{
		Host: cmp.Or(t.Addr, t.URL), On: t.protocol(), Why: why, Advice: advice, Err: err,
	}
}

// protocol is what a handshake is about.
func (t Upstream) protocol() string {
	if t.TLS {
		return "TLS"
	}
	return "HTTP"
}

// What to do when both sides do not agree.
const (
	trust = "name the authority's certificate in target.tls.ca, or, if it does not matter who " +
		"answers, write target.tls.insecure: true"
	renew = "renew the service's certificate, or, if it does not matter here, write " +
		"target.tls.insecure: true"
	rename = "write the name that it has in target.tls.server_name, or correct target.url"
	show   = "name a client's certificate that the service accepts and its private key in " +
		"target.tls.cert and target.tls.key"
	noHTTP1   = "the service does not speak HTTP/1.1"
	onlyHTTP2 = "write target.http: 2"

	noHTTP2 = "leave target.http out, or let the service speak HTTP/2"
	noTLS   = "write http:// in target.url if the service speaks no TLS, or correct the port"
)

// explained says why a handshake failed.
func (t Upstream) explained(err error) error {
	if of, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return t.failed(err, "the certificate"+named(of.Cert)+" is signed by an unknown authority", trust)
	}
	if of, ok := errors.AsType[x509.HostnameError](err); ok {
		return t.failed(err, fmt.Sprintf("the certificate is for %s and not for %q",
			namesOf(of.Certificate), of.Host), rename)
	}
	if of, ok := errors.AsType[x509.CertificateInvalidError](err); ok {
		return t.failed(err, invalid(of), renew)
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return t.failed(err, "what answers there speaks no TLS", noTLS)
	}
	if alert := alertOf(err); alert != "" {
		why, advice := t.refused(alert)
		return t.failed(err, why, advice)
	}
	if errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) {
		return t.failed(err, "the service closed the connection instead",
			"see what the service says of it; if it asks for a client's certificate, "+show)
	}
	return t.failed(err, strings.TrimPrefix(err.Error(), "tls: "),
		"see which versions and certificates the service takes")
}

// alertOf is the alert with which a service ended a handshake; "" when it sent none.
func alertOf(err error) string {
	remote, ok := errors.AsType[*net.OpError](err)
	if !ok || remote.Op != "remote error" {
		return ""
	}
	return strings.TrimPrefix(remote.Err.Error(), "tls: ")
}

// refused says what an alert of the service means.
func (t Upstream) refused(alert string) (why, advice string) {
	switch {
	case alert == "no application protocol" && t.HTTP2:
		return "the service does not speak HTTP/2", noHTTP2
	case alert == "no application protocol":
		return noHTTP1, onlyHTTP2
	case strings.Contains(alert, "certificate"):
		return t.unwelcome(alert)
	}
	return "the service refuses (" + alert + ")", "see what the service says of it"
}

// unwelcome says what an alert means of a service that asks clients for a certificate.
func (t Upstream) unwelcome(alert string) (why, advice string) {
	if len(t.Config.Certificates) == 0 && t.Config.GetClientCertificate == nil {
		return "the service asks for a certificate of its clients (" + alert + ")", show
	}
	return "the service does not accept the client's certificate (" + alert + ")",
		"see who signed target.tls.cert, and until when it is valid"
}

// invalid says what is wrong with a certificate.
func invalid(of x509.CertificateInvalidError) string {
	now := time.Now()
	switch {
	case of.Reason == x509.Expired && now.Before(of.Cert.NotBefore):
		return fmt.Sprintf("the certificate%s is not valid before %s", named(of.Cert),
			of.Cert.NotBefore.UTC().Format(time.DateOnly))
	case of.Reason == x509.Expired:
		return fmt.Sprintf("the certificate%s has expired on %s", named(of.Cert),
			of.Cert.NotAfter.UTC().Format(time.DateOnly))
	}
	return "the certificate" + named(of.Cert) + " is not valid: " +
		strings.TrimPrefix(of.Error(), "x509: ")
}

// named is the common name of a certificate, in brackets.
func named(c *x509.Certificate) string {
	if c == nil || c.Subject.CommonName == "" {
		return ""
	}
	return fmt.Sprintf(" (%q)", c.Subject.CommonName)
}

// namesOf lists whom a certificate is for.
func namesOf(c *x509.Certificate) string {
	ips := lists.Map(c.IPAddresses, net.IP.String)
	out := slices.Concat(c.DNSNames, ips)
	if len(out) > maxNames {
		out = append(out[:maxNames], "others")
	}
	return cmp.Or(strings.Join(out, ", "), "nobody")
}

// maxNames is how many names of a certificate a message lists.
const maxNames = 4
