package curl

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/idemcheck/idemcheck/internal/lists"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/exchange"
)

// jarWords let curl keep the cookies of a tenant as its client did; "" without cookies.
func jarWords(c *model.Contract, tenant string) string {
	s := c.SessionOf(tenant)
	if s == nil || !s.Cookies {
		return ""
	}
	file := `"$` + sessionVariable("jar", tenant) + `"`
	return "-b " + file + " -c " + file
}

// sessionVariable is the shell variable of something in a tenant's session.
func sessionVariable(name, tenant string) string {
	if tenant != "" {
		name += "_" + tenant
	}
	return strings.ToUpper(notWord.ReplaceAllString("session_"+name, "_"))
}

// captured are the substitutions of what a session captures, by a prefix of the names in templates.
func captured(c *model.Contract, tenant, prefix string) []substitution {
	s := c.SessionOf(tenant)
	if s == nil {
		return nil
	}
	return lists.Map(slices.Sorted(maps.Keys(s.Capture)), func(name string) substitution {
		return substitution{"{" + prefix + name + "}", expansion("$" + sessionVariable(name, tenant))}
	})
}

// sessionWords are the headers of a tenant's session.
func sessionWords(c *model.Contract, tenant string) []word {
	s := c.SessionOf(tenant)
	if s == nil {
		return nil
	}
	return lists.Map(slices.Sorted(maps.Keys(s.Headers)), func(name string) word {
		return join(literal(name+": "), sessionValue(c, tenant, name))
	})
}

// sessionValue is the value of a header of a session: a variable for a secret that nobody captures.
func sessionValue(c *model.Contract, tenant, name string) word {
	s := c.SessionOf(tenant)
	if secret(c, name) && len(s.Capture) == 0 {
		return expansion("$" + variableName(name, tenant, true))
	}
	return fill(s.Headers[name], captured(c, tenant, ""))
}

// login says how to log in, and asks for what the script cannot know.
func login(s *Script) {
	var met []string
	for _, op := range s.history.Operations {
		says := s.contract.SessionOf(op.Tenant)
		if says == nil || slices.Contains(met, op.Tenant) {
			continue
		}
		met = append(met, op.Tenant)
		who := ""
		if op.Tenant != "" {
			who = " as " + op.Tenant
		}
		s.head = append(s.head, "# Log in"+comment(who)+" first (session.login):")
		for i := range says.Login {
			s.head = append(s.head, "#   "+comment(loginCommand(s.contract, op.Tenant, &says.Login[i])))
		}
		if says.Cookies {
			name := sessionVariable("jar", op.Tenant)
			s.head = append(s.head, fmt.Sprintf("%s=${%s:-%s.txt}", name, name, strings.ToLower(name)))
		}
		for _, name := range slices.Sorted(maps.Keys(says.Capture)) {
			s.head = append(s.head, fmt.Sprintf(`: "${%s:?set it to what session.capture.%s names}"`,
				sessionVariable(name, op.Tenant), comment(name)))
		}
	}
}

// loginCommand is a message of a login as a command; references to the environment stay.
func loginCommand(c *model.Contract, tenant string, m *exchange.PlainMessage) string {
	line := "curl -sS -i -g"
	if jar := jarWords(c, tenant); jar != "" {
		line += " " + jar
	}
	line += " -X " + Quote(m.Method) + ` "$base"` + template(m.Path).String()
	as := func(text string) string { return text }
	body := m.Text
	switch {
	case m.Form != nil:
		for _, name := range slices.Sorted(maps.Keys(m.Form)) {
			line += " --data-urlencode " + join(literal(name+"="), template(plain(m.Form[name]))).String()
		}
	case m.Body != nil:
		body = jsonText(m.Body, as)
	}
	if body != "" {
		line += " -H " + Quote("Content-Type: "+contentType(m.Content(), body)) + " --data-raw " +
			template(body).String()
	}
	return line
}
