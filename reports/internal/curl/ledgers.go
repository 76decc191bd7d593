package curl

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/idemcheck/idemcheck/model"
)

// readLedgers ends a script: what it left behind is the proof.
func readLedgers(s *Script) {
	ids := resourceIDs(s.contract, s.history)
	var lines []string
	for _, name := range slices.Sorted(maps.Keys(s.contract.Ledgers)) {
		l := s.contract.Ledgers[name]
		if l.From != nil {
			lines = append(lines, "# ledger "+name+" is read elsewhere: "+
				strings.Join(l.From.Kinds(), ", "))
			continue
		}
		if l.Per == "" {
			lines = append(lines, readCommand(s, l, resource{tenant: tenantOf(s)}))
			continue
		}
		for _, r := range ids {
			if r.kind == l.Per {
				lines = append(lines, readCommand(s, l, r))
			}
		}
	}
	if len(lines) > 0 {
		s.body = append(append(s.body, "", "# what it left behind"), lines...)
	}
}

func tenantOf(s *Script) string {
	if len(s.history.Operations) == 0 {
		return ""
	}
	return s.history.Operations[0].Tenant
}

// readCommand reads a ledger as the tenant of a resource, of which {id} is the id.
func readCommand(s *Script, l model.Ledger, of resource) string {
	path := strings.ReplaceAll(l.Path, "{id}", of.id)
	query, words := reading(l, of.id)
	if query != "" {
		path += map[bool]string{true: "&", false: "?"}[strings.Contains(path, "?")] + query
	}
	line := `curl -sS -g "$base"` + Quote(path)
	for _, h := range headers(s.contract, of.tenant) {
		line += " -H " + h.word.String()
	}
	for _, w := range sessionWords(s.contract, of.tenant) {
		line += " -H " + w.String()
	}
	if jar := jarWords(s.contract, of.tenant); jar != "" {
		line += " " + jar
	}
	for _, w := range words {
		line += " " + w.String()
	}
	return line + "; echo"
}

// resource is a fresh resource of the recorded run.
type resource struct{ kind, tenant, id string }

// resourceIDs reads the ids of resources off the paths and bodies that were sent: a history holds
// only their names.
func resourceIDs(c *model.Contract, h *model.History) []resource {
	var out []resource
	for _, op := range h.Operations {
		sent := map[string]string{}
		bindSent(c.Operations[op.Type], &op, sent)
		for _, arg := range slices.Sorted(maps.Keys(sent)) {
			r := resource{c.Operations[op.Type].Args[arg].Resource, op.Tenant, sent[arg]}
			if r.kind != "" && !slices.Contains(out, r) {
				out = append(out, r)
			}
		}
	}
	return out
}

func bindPath(route, path string, sent map[string]string) {
	names, values := strings.Split(route, "/"), strings.Split(path, "/")
	for i := range min(len(names), len(values)) {
		bindText(names[i], values[i], sent)
	}
}

// bindText takes "{name}" for name; anything else holds no argument.
func bindText(template, value string, sent map[string]string) {
	name, ok := strings.CutPrefix(template, "{")
	name, closed := strings.CutSuffix(name, "}")
	if ok && closed {
		sent[name] = value
	}
}

func bindBody(template any, body string, sent map[string]string) {
	var value any
	if template == nil || json.Unmarshal([]byte(body), &value) != nil {
		return
	}
	bindValue(template, value, sent)
}

// jsonText writes a JSON body, with a function applied to its texts.
func jsonText(body any, with func(string) string) string {
	if text, ok := body.(string); ok {
		return with(text)
	}
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(body); err != nil {
		return ""
	}
	return with(strings.TrimSuffix(b.String(), "\n"))
}

// plain writes a value of a form.
func plain(v any) string {
	if v == nil {
		return ""
	}
	return fmt.Sprint(v)
}

func bindValue(template, value any, sent map[string]string) {
	switch t := template.(type) {
	case string:
		if v, ok := value.(string); ok {
			bindText(t, v, sent)
		}
	case map[string]any:
		fields, _ := value.(map[string]any)
		for name, inner := range t {
			bindValue(inner, fields[name], sent)
		}
	}
}
