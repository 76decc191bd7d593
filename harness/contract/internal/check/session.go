package check

import (
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/idemcheck/idemcheck/harness/contract/internal/environment"
	"github.com/idemcheck/idemcheck/harness/contract/internal/problem"
	"github.com/idemcheck/idemcheck/harness/contract/template"
	"github.com/idemcheck/idemcheck/harness/internal/signin"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/exchange"
)

// session is a session of a contract and where it stands.
type session struct {
	path []string
	says *exchange.SignIn
}

// sessions lists the sessions of a contract, in a fixed order.
func sessions(c *model.Contract) []session {
	var out []session
	if c.Session != nil {
		out = append(out, session{problem.At("session"), c.Session})
	}
	for _, name := range slices.Sorted(maps.Keys(c.Tenants)) {
		if own := c.Tenants[name].Session; own != nil {
			out = append(out, session{problem.At("tenants", name, "session"), own})
		}
	}
	return out
}

// knowSession adds the names that every tenant's session captures.
func knowSession(k *checker, known names) {
	count := map[string]int{}
	tenants := k.c.TenantNames()
	for _, tenant := range tenants {
		if s := k.c.SessionOf(tenant); s != nil {
			for name := range s.Capture {
				count[name]++
			}
		}
	}
	for name, n := range count {
		if n == len(tenants) {
			known[signin.Name+"."+name] = true
		}
	}
}

func checkSessions(k *checker) {
	for _, s := range sessions(k.c) {
		checkSession(k, s)
	}
}

func checkSession(k *checker, s session) {
	if len(s.says.Login) == 0 {
		k.wrong(problem.Below(s.path, "login"), "add the message that logs in, such as "+
			"`login: {path: /login, body: {user: me, password: \"${PASSWORD}\"}}`",
			"the session does not say how to log in")
	}
	known := names{}
	for _, name := range slices.Sorted(maps.Keys(s.says.Capture)) {
		known[name] = true
		checkCapture(k, problem.Below(s.path, "capture", name), name, s.says.Capture[name])
	}
	for i := range s.says.Login {
		checkLogin(k, problem.Below(s.path, "login", strconv.Itoa(i)), &s.says.Login[i])
	}
	checkSessionHeaders(k, problem.Below(s.path, "headers"), s.says.Headers)
	environment.EachSessionText(s.says, s.path, func(path []string, text string) {
		checkSessionText(k, path, text, known)
	})
	if s.says.Renew.Std() > maxWait {
		k.wrong(problem.Below(s.path, "renew"), "write what is really meant, such as 5m",
			"%s is longer than a session lives", s.says.Renew)
	}
	if s.says.Rotate && len(s.says.Capture) == 0 && !s.says.Cookies {
		k.wrong(problem.Below(s.path, "rotate"), "add `capture` or `cookies: true`, or remove rotate",
			"a login that gives nothing cannot rotate anything")
	}
	checkCarried(k, s)
	checkRenewOn(k, s)
}

// checkCapture checks where a value is found.
func checkCapture(k *checker, path []string, name string, spot exchange.Spot) {
	checkVariable(k, path, name)
	if err := signin.Problem(spot); err != nil {
		k.wrong(path, "write it as `{body: access_token}`, `{header: X-Token}`, `{cookie: csrf}`, "+
			"`{html: 'input[name=csrf]'}` or `{pattern: 'token=(\\w+)'}`", "%s: %v", name, err)
	}
}

// checkSpot checks where a name is found; nil is nowhere else.
func checkSpot(k *checker, path []string, spot *exchange.Spot) {
	if spot == nil {
		return
	}
	if err := signin.Problem(*spot); err != nil {
		k.wrong(path, "write a field, `{header: Location}`, or `{header: Location, pattern: "+
			"'/orders/(.+)'}`", "%s: %v", strings.Join(path, "."), err)
	}
}

// checkLogin checks a message of a login but for its texts.
func checkLogin(k *checker, path []string, m *exchange.PlainMessage) {
	k.method(problem.Below(path, "method"), m.Method)
	k.statuses(problem.Below(path, "ok"), m.OK)
	checkSessionHeaders(k, problem.Below(path, "headers"), m.Headers)
	switch {
	case m.Path == "":
		k.wrong(problem.Below(path, "path"), "write the path, such as /login", "the path is missing")
	case !strings.HasPrefix(m.Path, "/"):
		k.wrong(problem.Below(path, "path"),
			"write it below target.url, with a slash in front, such as /login",
			"the path does not begin with a slash")
	}
	if bodies := m.Content().Bodies(); len(bodies) > 1 {
		k.wrongName(problem.Below(path, bodies[1]), "keep one of body (JSON), form, text and multipart",
			"a message has one body, and this one has %s", strings.Join(bodies, " and "))
	}
	checkFlat(k, problem.Below(path, "query"), m.Query)
	checkFlat(k, problem.Below(path, "form"), m.Form)
	for _, name := range slices.Sorted(maps.Keys(m.Multipart)) {
		checkParts(k, problem.Below(path, "multipart", name), m.Multipart[name])
	}
}

// checkSessionHeaders checks names of headers, and values as far as they are known.
func checkSessionHeaders(k *checker, path []string, headers map[string]string) {
	k.twice(path, headers)
	for _, name := range slices.Sorted(maps.Keys(headers)) {
		k.header(problem.Below(path, name), name, "")
		if message := WrongValue(headers[name]); message != "" {
			k.wrong(problem.Below(path, name), "write visible characters, with blanks only between them",
				"the value of %q %s", name, message)
		}
	}
}

// checkSessionText checks the references and the names in a text of a session.
func checkSessionText(k *checker, path []string, text string, known names) {
	expanded, err := environment.Expand(text, func(string) (string, bool) { return "x", true })
	if e, ok := errors.AsType[*problem.Error](err); ok {
		k.wrong(path, e.Advice, "%s", e.Message)
		return
	}
	template.Placeholders(expanded, path, func(where []string, name string, err error) {
		switch {
		case err != nil:
			k.wrong(where, "write {name}, ${NAME}, and {{ for a literal brace", "%v", err)
		case !known[name]:
			k.wrong(where, problem.Suggest(name, slices.Sorted(maps.Keys(known)))+
				" (declare it under session.capture)", "{%s} is not captured", name)
		}
	})
}

// checkCarried refuses a session that nothing carries.
func checkCarried(k *checker, s session) {
	if len(s.says.Headers) > 0 || s.says.Cookies {
		return
	}
	for _, o := range k.c.Operations {
		for _, name := range template.Sent(o) {
			if strings.HasPrefix(name, signin.Name+".") {
				return
			}
		}
	}
	k.wrong(s.path, "add `cookies: true`, or `headers: {Authorization: \"Bearer {token}\"}` with "+
		"what is captured", "nothing that is sent after the login carries the session")
}

// checkRenewOn checks that no status is both an answer and the end of a session.
func checkRenewOn(k *checker, s session) {
	path, p := problem.Below(s.path, "renew_on"), k.c.Promises
	k.statuses(path, s.says.RenewOn)
	lists := []statusList{
		{"promises.missing", p.Missing},
		{"promises.malformed", p.Malformed},
		{"promises.mismatch", p.Mismatch},
		{"promises.same_body", p.SameBody},
		{"promises.in_flight", p.InFlight},
		{"promises.done", p.Done},
		{"promises.transient", p.Transient},
		{"promises.expired", p.Expired},
	}
	for _, name := range slices.Sorted(maps.Keys(k.c.Operations)) {
		o := k.c.Operations[name]
		lists = append(lists, statusList{"operations." + name + ".ok", o.OK},
			statusList{"operations." + name + ".refused", o.Refused})
	}
	for i, status := range s.says.RenewOn {
		for _, list := range lists {
			if slices.Contains(list.statuses, status) {
				k.wrong(problem.Below(path, strconv.Itoa(i)),
					"leave it in one of the two: what asks for a login is no answer of an operation",
					"%d cannot be in both renew_on and %s", status, list.name)
			}
		}
	}
}
