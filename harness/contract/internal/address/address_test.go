package address_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/contract/internal/address"
	"github.com/idemcheck/idemcheck/harness/contract/internal/problem"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/route"
)

const at = "http://127.0.0.1:8080"

// said lists where problems are and what they say; each says what to do.
func said(t *testing.T, problems []problem.Problem) (out []string) {
	t.Helper()
	for _, p := range problems {
		require.NotEmpty(t, p.Advice, p.Message)
		out = append(out, strings.Join(p.Path, ".")+": "+p.Message)
	}
	return out
}

func TestTargetsCanBeReached(t *testing.T) {
	const none = "target.url: target.url is not an absolute http or https URL"
	const noPort = "target.url: target.url has a port that is none"
	const noHost = "target.host: target.host cannot be the host of a request"
	for name, tt := range map[string]struct {
		target model.TargetSettings
		want   []string
	}{
		"http": {model.TargetSettings{URL: at}, nil},
		"https": {
			model.TargetSettings{URL: "https://api.test/v1", HTTP: "2"},
			nil,
		},
		"HTTP/1.1": {model.TargetSettings{URL: at, HTTP: "1.1"}, nil},
		"HTTP/3": {
			model.TargetSettings{URL: at, HTTP: "3"},
			[]string{`target.http: unknown value "3" for target.http`},
		},
		"another protocol":    {model.TargetSettings{URL: "ftp://api.test"}, []string{none}},
		"a path alone":        {model.TargetSettings{URL: "/v1"}, []string{none}},
		"a query":             {model.TargetSettings{URL: at + "?a=b"}, []string{none}},
		"the sign of a query": {model.TargetSettings{URL: at + "?"}, []string{none}},
		"a fragment":          {model.TargetSettings{URL: at + "#"}, []string{none}},
		"no text of a URL":    {model.TargetSettings{URL: "http://a b"}, []string{none}},
		"no host": {
			model.TargetSettings{URL: "http://:80"},
			[]string{"target.url: target.url names no host"},
		},
		"the last port": {model.TargetSettings{URL: "http://a:65535"}, nil},
		"a port beyond": {model.TargetSettings{URL: "http://a:65536"}, []string{noPort}},
		"port zero":     {model.TargetSettings{URL: "http://a:0"}, []string{noPort}},
		"a socket":      {model.TargetSettings{URL: "unix:///run/app.sock"}, nil},
		"a socket without a name": {
			model.TargetSettings{URL: "unix:"},
			[]string{"target.url: target.url names no Unix socket"},
		},
		"a password": {
			model.TargetSettings{URL: "http://me:s3cret@a"},
			[]string{"target.url: target.url holds a user or a password, which would not be sent"},
		},
		"TLS over http": {
			model.TargetSettings{URL: "HTTP://a", TLS: &route.TLS{CA: "ca.pem"}},
			[]string{"target.tls: target.tls is for https, and target.url is http"},
		},
		"TLS over https": {
			model.TargetSettings{URL: "https://a", TLS: &route.TLS{CA: "ca.pem"}},
			nil,
		},
		"TLS over a socket": {
			model.TargetSettings{URL: "unix:a", TLS: &route.TLS{CA: "ca.pem"}},
			nil,
		},
		"a certificate without its key": {
			model.TargetSettings{URL: "https://a", TLS: &route.TLS{Cert: "c.pem"}},
			[]string{"target.tls.cert: target.tls.cert has no target.tls.key"},
		},
		"a key without its certificate": {
			model.TargetSettings{URL: "https://a", TLS: &route.TLS{Key: "k.pem"}},
			[]string{"target.tls.key: target.tls.key has no target.tls.cert"},
		},
		"both": {
			model.TargetSettings{URL: "https://a", TLS: &route.TLS{Cert: "c.pem", Key: "k.pem"}},
			nil,
		},
		"any certificate": {
			model.TargetSettings{URL: "https://a", TLS: &route.TLS{Insecure: true}},
			nil,
		},
		"any certificate of one authority": {
			model.TargetSettings{URL: "https://a", TLS: &route.TLS{Insecure: true, CA: "ca.pem"}},
			[]string{"target.tls.insecure: target.tls.insecure accepts any certificate, and target.tls.ca or " +
				"target.tls.server_name says which"},
		},
		"any certificate of one name": {
			model.TargetSettings{URL: "https://a", TLS: &route.TLS{Insecure: true, ServerName: "a"}},
			[]string{"target.tls.insecure: target.tls.insecure accepts any certificate, and target.tls.ca or " +
				"target.tls.server_name says which"},
		},
		"a host": {model.TargetSettings{URL: at, Host: "api.example:8443"}, nil},
		"a host with a path": {
			model.TargetSettings{URL: at, Host: "api.example/v1"},
			[]string{noHost},
		},
		"a host of two words": {
			model.TargetSettings{URL: at, Host: "api example"},
			[]string{noHost},
		},
		"a host without name": {model.TargetSettings{URL: at, Host: ":80"}, []string{noHost}},
		"a host with port 0":  {model.TargetSettings{URL: at, Host: "a:0"}, []string{noHost}},
		"nothing but its host": {
			model.TargetSettings{URL: "http://", Host: "a b"},
			[]string{"target.url: target.url names no host"},
		},
	} {
		require.Equal(t, tt.want, said(t, address.Check(tt.target)), name)
		require.Equal(t, tt.want, said(t, address.Written(tt.target)), name)
	}
}

// TestReferencesLeaveOpenWhatTheyHold has variables with and without defaults in a target.
func TestReferencesLeaveOpenWhatTheyHold(t *testing.T) {
	const broken = ": a reference to the environment is not well formed"
	for name, tt := range map[string]struct {
		target model.TargetSettings
		want   []string
	}{
		"nothing": {model.TargetSettings{HTTP: "3"}, []string{
			`target.http: unknown value "3" for target.http`,
			"target.url: the contract does not say where the service is",
		}},
		"a default that is right": {model.TargetSettings{URL: "${URL:-http://a}"}, nil},
		"a default that is wrong": {
			model.TargetSettings{URL: "${URL:-a}"},
			[]string{"target.url: target.url is not an absolute http or https URL"},
		},
		"no default":              {model.TargetSettings{URL: "${URL}"}, nil},
		"no default for the host": {model.TargetSettings{URL: "ftp://a", Host: "${HOST}"}, nil},
		"no default, and no HTTP": {
			model.TargetSettings{URL: "${URL}", HTTP: "3"},
			[]string{`target.http: unknown value "3" for target.http`},
		},
		"no reference": {
			model.TargetSettings{URL: "${URL"},
			[]string{"target.url" + broken},
		},
		"no reference in the host": {
			model.TargetSettings{URL: at, Host: "${1}"},
			[]string{"target.host" + broken},
		},
		"no reference in files": {
			model.TargetSettings{URL: "https://a", TLS: &route.TLS{
				CA: "${1}", Cert: "${2}", Key: "${3}", ServerName: "${4}",
			}}, []string{
				"target.tls.ca" + broken, "target.tls.cert" + broken, "target.tls.key" + broken,
				"target.tls.server_name" + broken,
			},
		},
	} {
		require.Equal(t, tt.want, said(t, address.Written(tt.target)), name)
	}
	tls := &route.TLS{CA: "${CA:-ca.pem}"}
	address.Written(model.TargetSettings{URL: "https://a", TLS: tls})
	require.Equal(t, "${CA:-ca.pem}", tls.CA, "what is checked stays as it is written")
}

func TestFilesAreThoseOfTheFolder(t *testing.T) {
	folder := t.TempDir()
	in := func(name string) string { return filepath.Join(folder, name) }
	target := model.TargetSettings{URL: "unix:app.sock", TLS: &route.TLS{
		CA: "ca.pem", Cert: "/etc/c.pem", Key: "${KEY}",
	}}
	address.Anchor(&target, folder)
	require.Equal(t, "unix:"+in("app.sock"), target.URL)
	require.Equal(t, route.TLS{CA: in("ca.pem"), Cert: "/etc/c.pem", Key: "${KEY}"}, *target.TLS)

	target = model.TargetSettings{URL: at, TLS: &route.TLS{}}
	address.Anchor(&target, folder)
	require.Equal(t, model.TargetSettings{URL: at, TLS: &route.TLS{}}, target, "nothing names a file")
	target.TLS = nil
	address.Anchor(&target, folder)
	require.Equal(t, model.TargetSettings{URL: at}, target)
}
