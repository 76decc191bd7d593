// Package address checks where a contract says that the service is, and how it is reached.
package address

import (
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/idemcheck/idemcheck/harness/contract/internal/environment"
	"github.com/idemcheck/idemcheck/harness/contract/internal/problem"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/route"
)

// Written tells what is wrong with a target as it is written: a variable without a default may
// hold any part of what is open then.
func Written(t model.TargetSettings) []problem.Problem {
	if t.URL == "" {
		return append(way(t), problem.Problem{
			Path: problem.At("target", "url"), Message: "the contract does not say where the service is",
			Advice: "add `url: http://127.0.0.1:8080`, the base of all paths",
		})
	}
	var found []problem.Problem
	open := false
	for _, one := range texts(&t) {
		text, missing, bad := expanded(*one.text)
		if bad != nil {
			found = append(found, problem.Problem{
				Path: problem.At(one.path...), Message: bad.Message, Advice: bad.Advice,
			})
		}
		open = open || missing || bad != nil
		*one.text = text
	}
	if open {
		return slices.Concat(found, replicas(t), way(t))
	}
	return Check(t)
}

// Check tells what is wrong with a target whose references to the environment have been expanded.
func Check(t model.TargetSettings) []problem.Problem {
	found := way(t)
	if p := wrongURL(t.URL); p != nil {
		return append(found, *p)
	}
	if t.TLS != nil && strings.HasPrefix(strings.ToLower(t.URL), "http:") {
		found = append(found, problem.Problem{
			Path: problem.At("target", "tls"), Message: "target.tls is for https, and target.url is http",
			Advice: "write https:// in target.url, or remove target.tls",
		})
	}
	found = append(found, replicas(t)...)
	if u, err := url.Parse("//" + t.Host); t.Host != "" && (err != nil || u.Host != t.Host ||
		u.Hostname() == "" || !validPort(u.Port())) {
		found = append(found, problem.Problem{
			Path: problem.At("target", "host"), Message: "target.host cannot be the host of a request",
			Advice: "write a name, with a port where requests name one, such as api.example:8443",
		})
	}
	return found
}

// replicas tells what is wrong with the addresses of further replicas: what is wrong with a URL,
// and what is spoken at another one than at the first.
func replicas(t model.TargetSettings) (found []problem.Problem) {
	for i, one := range t.Replicas {
		path := problem.At("target", "replicas", strconv.Itoa(i))
		text, missing, bad := expanded(one)
		switch p := wrongURL(text); {
		case bad != nil:
			found = append(found, problem.Problem{Path: path, Message: bad.Message, Advice: bad.Advice})
		case missing:
		case p != nil:
			p.Path, p.Message = path, strings.Replace(p.Message, "target.url", "a replica", 1)
			found = append(found, *p)
		case t.TLS != nil && strings.HasPrefix(strings.ToLower(text), "http:"):
			found = append(found, problem.Problem{
				Path: path, Message: "target.tls is for https, and a replica is http",
				Advice: "write https:// there, or remove target.tls",
			})
		}
	}
	return found
}

// way tells what is wrong with what does not come from the environment.
func way(t model.TargetSettings) (found []problem.Problem) {
	wrong := func(message, advice string, path ...string) {
		found = append(found, problem.Problem{
			Path: problem.At(append([]string{"target"}, path...)...), Message: message, Advice: advice,
		})
	}
	if t.HTTP != "" && t.HTTP != route.HTTP1 && t.HTTP != route.HTTP2 {
		wrong("unknown value "+strconv.Quote(t.HTTP)+" for target.http",
			"write 1.1 or 2, or leave it out for 1.1", "http")
	}
	switch {
	case t.TLS == nil:
	case t.TLS.Cert != "" && t.TLS.Key == "":
		wrong("target.tls.cert has no target.tls.key",
			"name the file with the private key of the certificate", "tls", "cert")
	case t.TLS.Key != "" && t.TLS.Cert == "":
		wrong("target.tls.key has no target.tls.cert",
			"name the file with the certificate of the key", "tls", "key")
	case t.TLS.Insecure && (t.TLS.CA != "" || t.TLS.ServerName != ""):
		wrong("target.tls.insecure accepts any certificate, and target.tls.ca or "+
			"target.tls.server_name says which", "remove one of them", "tls", "insecure")
	}
	return found
}

// text is one text of a target that may refer to the environment.
type text struct {
	path []string
	text *string
}

// texts lists them. The target's TLS settings become a copy.
func texts(t *model.TargetSettings) []text {
	out := []text{{problem.At("target", "url"), &t.URL}, {problem.At("target", "host"), &t.Host}}
	if t.TLS == nil {
		return out
	}
	own := *t.TLS
	t.TLS = &own
	return append(out,
		text{problem.At("target", "tls", "ca"), &own.CA},
		text{problem.At("target", "tls", "cert"), &own.Cert},
		text{problem.At("target", "tls", "key"), &own.Key},
		text{problem.At("target", "tls", "server_name"), &own.ServerName})
}

// expanded is a text with the defaults of its variables; missing tells that one has none, bad what
// is wrong with a reference.
func expanded(text string) (out string, missing bool, bad *problem.Error) {
	out, err := environment.Expand(text, func(string) (string, bool) { return "", false })
	if err == nil {
		return out, false, nil
	}
	out, err = environment.Expand(text, func(string) (string, bool) { return "x", true })
	bad, _ = errors.AsType[*problem.Error](err)
	return out, true, bad
}

// wrongURL tells what is wrong with a base URL.
func wrongURL(text string) *problem.Problem {
	// The URL may hold a password, so it is not repeated here.
	p := &problem.Problem{
		Path: problem.At("target", "url"), Message: "target.url is not an absolute http or https URL",
		Advice: "write the base of all paths, without query, such as http://127.0.0.1:8080",
	}
	if path, socket := route.Socket(text); socket && path != "" {
		return nil
	} else if socket {
		p.Message = "target.url names no Unix socket"
		p.Advice = "write unix:///run/app.sock, or unix:app.sock for one beside the contract"
		return p
	}
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Scheme != "http" && u.Scheme != "https",
		u.RawQuery != "" || u.ForceQuery || strings.Contains(text, "#"):
		return p
	case u.Hostname() == "":
		p.Message = "target.url names no host"
	case u.User != nil:
		p.Message = "target.url holds a user or a password, which would not be sent"
		p.Advice = "take it out, and write `Authorization: Basic ${CREDENTIALS}` under " +
			"target.headers (CREDENTIALS is base64 of user:password)"
	case !validPort(u.Port()):
		p.Message, p.Advice = "target.url has a port that is none", "write a port from 1 to 65535"
	default:
		return nil
	}
	return p
}

// validPort reports whether a port can be dialled; "" stands for that of the scheme.
func validPort(port string) bool {
	n, err := strconv.ParseUint(port, 10, 16)
	return port == "" || err == nil && n > 0
}
