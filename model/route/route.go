// Package route holds the words for the way to a service: where it is, what is spoken there, and
// who proves who he is.
package route

import "strings"

// The versions of HTTP that may be spoken.
const (
	HTTP1 = "1.1"
	HTTP2 = "2"
)

// TLS says how a service proves who it is, and how its clients do. Files are PEM, and their paths
// are relative to the contract.
type TLS struct {
	// CA is a file with the certificates of those who may sign the service's; empty means whom
	// this machine trusts.
	CA string `json:"ca,omitempty" yaml:"ca"`
	// Insecure accepts any certificate of the service, whoever signed it for whatever name.
	Insecure bool `json:"insecure,omitempty" yaml:"insecure"`
	// Cert and Key are the files of a client's certificate and of its private key; empty means
	// that clients show none.
	Cert string `json:"cert,omitempty" yaml:"cert"`
	Key  string `json:"key,omitempty" yaml:"key"`
	// ServerName is the name that the certificate of the service must have; empty means the target's
	// host, or the host of its URL.
	ServerName string `json:"server_name,omitempty" yaml:"server_name"`
}

// Socket tells whether a URL names a Unix socket, and the path of it: unix:///run/app.sock, or
// unix:app.sock in some folder. The path is empty when the URL cannot be understood, as one with a
// host.
func Socket(target string) (path string, is bool) {
	rest, is := strings.CutPrefix(target, "unix:")
	if !is {
		return "", false
	}
	after, two := strings.CutPrefix(rest, "//")
	if two && !strings.HasPrefix(after, "/") {
		return "", true
	}
	return after, true
}

// StopOn says when a run ends early, so that it does no more to a service that fails.
type StopOn struct {
	// Failures is how many of the last operations, or of the messages that set them up, are answered
	// 5xx when the run ends. Each counts once, and in a case with faults from when these healed on.
	// Statuses that are declared (promises.transient, promises.in_flight, fails_when) do not count.
	Failures int `json:"failures" yaml:"failures"`
	// Of is how many are the last ones. Zero means 20.
	Of int `json:"of,omitempty" yaml:"of"`
}

// Last is how many are the last ones.
func (s StopOn) Last() int {
	if s.Of == 0 {
		return 20
	}
	return s.Of
}
