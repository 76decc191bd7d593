package contract

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/url"
	"strings"

	"github.com/idemcheck/idemcheck/harness/contract/internal/environment"
	"github.com/idemcheck/idemcheck/harness/contract/internal/environment/dsn"
	"github.com/idemcheck/idemcheck/harness/contract/internal/environment/scripted"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/exchange"
	"github.com/idemcheck/idemcheck/model/source"
)

// IsSecret reports whether the values of a header are never printed or saved: those that
// target.secrets names, and those whose name looks like it, such as Authorization, Cookie or
// X-Api-Key. Headers of idempotency keys are none. Case does not matter.
func IsSecret(c *model.Contract, header string) bool { return environment.IsSecret(c, header) }

// Redacted returns a copy of c that may be saved. A secret that refers to the environment keeps
// its references and the word of its scheme ("Bearer ${TOKEN}") and loses their defaults, which
// are literal secrets; every other secret becomes "<redacted>", and so does a password in
// target.url. The rest of the contract is shared with c.
func Redacted(c *model.Contract) *model.Contract {
	out, err := environment.EachValue(c, func(path []string, value string) (string, error) {
		header := path[len(path)-1]
		switch {
		case environment.InSession(path):
			return environment.RedactSession(c, path, value), nil
		case environment.InRoute(path):
			return value, nil
		case scripted.In(path):
			return scripted.Redact(c, path, value), nil
		case dsn.HasSecretName(c, path):
			return redact(value), nil
		case environment.InOrigin(path):
			return dsn.Redact(value), nil
		case len(path) == 2:
			return redactURL(value), nil
		case environment.IsSecret(c, header):
			return redact(value), nil
		}
		return value, nil
	})
	if err != nil {
		// The function above returns no error; a copy without values is the safe answer all the
		// same.
		return &model.Contract{}
	}
	return out
}

func redact(value string) string {
	if !environment.KeepsOnlyReferences(value) {
		return environment.Hidden
	}
	return environment.WithoutDefaults(value)
}

func redactURL(text string) string {
	u, err := url.Parse(text)
	if err != nil || u.User == nil {
		return text
	}
	_, at, _ := strings.Cut(text, "://")
	_, rest, _ := strings.Cut(at, "@")
	return u.Scheme + "://" + environment.Hidden + "@" + rest
}

// Restore returns a copy of a saved contract with its URL, how that is reached and started, headers
// and sessions, where else things are read or made older and where sinks listen taken from the file
// it was made of, so that a plan replays without secrets in it. Everything that decides verdicts
// stays as it was saved.
func Restore(saved, file *model.Contract) *model.Contract {
	out := *saved
	out.Target.URL, out.Target.Headers = file.Target.URL, file.Target.Headers
	out.Target.Replicas = file.Target.Replicas
	out.Target.Host, out.Target.HTTP = file.Target.Host, file.Target.HTTP
	out.Target.TLS = file.Target.TLS
	out.Start = file.Start
	out.Session = restored(saved.Session, file.Session)
	restoreOrigins(&out, file)
	restoreSinks(&out, file)
	if saved.Age != nil {
		out.Age = file.Age
	}
	if saved.Tenants == nil {
		return &out
	}
	out.Tenants = make(map[string]model.Tenant, len(saved.Tenants))
	for name, tenant := range saved.Tenants {
		if fresh, ok := file.Tenants[name]; ok {
			fresh.Session = restored(tenant.Session, fresh.Session)
			tenant = fresh
		}
		out.Tenants[name] = tenant
	}
	return &out
}

// restoreOrigins takes from a file where effects and state are read besides the service.
func restoreOrigins(saved, file *model.Contract) {
	saved.Ledgers, saved.Resources = maps.Clone(saved.Ledgers), maps.Clone(saved.Resources)
	for name, l := range saved.Ledgers {
		if from := file.Ledgers[name].From; from != nil && l.From != nil {
			l.From = from
			saved.Ledgers[name] = l
		}
	}
	for name, r := range saved.Resources {
		if from := file.Resources[name].ReadFrom; from != nil && r.ReadFrom != nil {
			r.ReadFrom = from
			saved.Resources[name] = r
		}
	}
}

// restoreSinks takes from a file where sinks listen, and what they answer where only secrets of it
// were not saved.
func restoreSinks(saved, file *model.Contract) {
	saved.Sinks = maps.Clone(saved.Sinks)
	redacted := Redacted(file)
	for name, s := range saved.Sinks {
		if fresh, ok := file.Sinks[name]; ok {
			s.Listen, s.SMTP = fresh.Listen, fresh.SMTP
			if shown, ok := redacted.Sinks[name]; ok && sameAnswers(s.Answers, shown.Answers) {
				s.Answers = fresh.Answers
			}
			saved.Sinks[name] = s
		}
	}
}

// sameAnswers reports whether answers of a sink are written alike.
func sameAnswers(a, b []source.ScriptedAnswer) bool {
	first, err := json.Marshal(a)
	second, failed := json.Marshal(b)
	return err == nil && failed == nil && bytes.Equal(first, second)
}

// restored is a session of a file that rotates as the saved one did.
func restored(saved, file *exchange.SignIn) *exchange.SignIn {
	if saved == nil || file == nil {
		return file
	}
	out := *file
	out.Rotate = saved.Rotate
	return &out
}
