package environment

import (
	"slices"
	"strconv"

	"github.com/idemcheck/idemcheck/harness/contract/internal/problem"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/route"
)

// InRoute tells whether a path leads to how a target is reached: its host, names and files of TLS.
// None of them is a secret.
func InRoute(path []string) bool {
	return path[0] == "target" && slices.Contains([]string{"host", "tls"}, path[1])
}

// eachOfRoute copies the host and the TLS settings of a target with a function applied to their
// texts.
func eachOfRoute(t model.TargetSettings, f change) (string, *route.TLS, error) {
	host, err := eachIn(problem.At("target", "host"), t.Host, f)
	if err != nil || t.TLS == nil {
		return host, nil, err
	}
	out := *t.TLS
	for _, one := range []struct {
		name string
		text *string
	}{
		{"ca", &out.CA}, {"cert", &out.Cert}, {"key", &out.Key}, {"server_name", &out.ServerName},
	} {
		if *one.text, err = eachIn(problem.At("target", "tls", one.name), *one.text, f); err != nil {
			return "", nil, err
		}
	}
	return host, &out, nil
}

// eachIn leaves what is not written alone.
func eachIn(path []string, text string, f change) (string, error) {
	if text == "" {
		return "", nil
	}
	return f(path, text)
}

// eachReplica copies the addresses of replicas with a function applied to them.
func eachReplica(all []string, f change) (out []string, err error) {
	for i, one := range all {
		changed, err := f(problem.At("target", "replicas", strconv.Itoa(i)), one)
		if err != nil {
			return nil, err
		}
		out = append(out, changed)
	}
	return out, nil
}
