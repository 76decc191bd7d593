package model

import (
	"github.com/idemcheck/idemcheck/model/route"
	"github.com/idemcheck/idemcheck/model/value"
)

// TargetSettings say where the service is, and how it is reached.
type TargetSettings struct {
	// URL is the base of every path, such as http://127.0.0.1:8080 or https://api.test/v1, or a
	// Unix socket: unix:///run/app.sock, or unix:app.sock beside the contract. The host localhost
	// is tried at 127.0.0.1 and at ::1.
	URL string `json:"url" yaml:"url"`
	// Replicas are further addresses of the same service, or of other versions of it, written as URL
	// is. In half of the cases attempts go to any of them, also copies that go side by side. What
	// makes resources, the ledgers and what is sent after everything healed go to URL.
	Replicas []string `json:"replicas,omitempty" yaml:"replicas"`
	// Host is what requests name as the host they are for; empty means the host of URL, and
	// localhost for a Unix socket.
	Host string `json:"host,omitempty" yaml:"host"`
	// HTTP is the version that is spoken to the service: "1.1" (the default), or "2", which over
	// http the service must know beforehand. Every attempt has a connection of its own in both.
	HTTP string `json:"http,omitempty" yaml:"http"`
	// TLS is for https, and for a Unix socket on which it is spoken; absent means that the service
	// proves who it is to whom this machine trusts.
	TLS *route.TLS `json:"tls,omitempty" yaml:"tls"`
	// Headers are sent with everything.
	Headers map[string]string `json:"headers,omitempty" yaml:"headers"`
	// RunHeaders sends X-Idemcheck-Run and -Case with everything, and X-Idemcheck-Attempt and
	// Traceparent with every attempt, so that you find what a run did, and can delete it. Absent means
	// true. Write false where the service refuses headers that it does not know, or where all headers
	// of a request are meant to belong to its fingerprint.
	RunHeaders *bool `json:"run_headers,omitempty" yaml:"run_headers"`
	// Timeout is when a client gives up on one attempt. Zero means 1s.
	Timeout value.Duration `json:"timeout,omitempty" yaml:"timeout"`
	// AutoTimeout is set by `timeout: auto`: Timeout is then measured in the warm-up, and
	// lengthened while the machine or the target is late.
	AutoTimeout bool `json:"auto_timeout,omitempty" yaml:"-"`
	// Secrets are further headers whose values are never printed or saved; those that look like it
	// (Authorization, Cookie, names with "key", "token", "secret") always are, keys apart.
	Secrets []string `json:"secrets,omitempty" yaml:"secrets"`
	// MaxRate bounds attempts per second; zero means 2000.
	MaxRate int `json:"max_rate,omitempty" yaml:"max_rate"`
	// StopOn ends a run when too many operations fail; what was not tried then makes it unknown, and
	// what was found counts. Absent means that only a service that serves nobody ends it.
	StopOn *route.StopOn `json:"stop_on,omitempty" yaml:"stop_on"`
}

// At is how replica n is reached: 0 is the service at URL, and the others are those of Replicas.
func (t TargetSettings) At(n int) TargetSettings {
	if n > 0 {
		t.URL = t.Replicas[n-1]
	}
	return t
}
