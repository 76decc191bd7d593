package harness

import (
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/model"
)

// mask takes secrets out of what a service says: whatever was sent to it may come back, in answers,
// in ledgers, in errors. It works before anything is judged, so that a saved history is judged as
// the run was.
type mask struct {
	contract *model.Contract
	replacer *strings.Replacer
}

// masked stands where a secret was. Digits are replaced by digits: they may be a number in JSON.
const masked = "<redacted>"

// newMask makes the mask of a resolved contract and further secrets.
func newMask(c *model.Contract, more []string) *mask {
	var pairs [][2]string
	for _, secret := range slices.Concat(contract.Secrets(c, nil), more) {
		instead := masked
		if strings.Trim(secret, "0123456789") == "" {
			instead = strings.Repeat("9", len(secret))
		}
		for _, spelt := range spellings(secret) {
			pairs = append(pairs, [2]string{spelt, instead})
		}
	}
	// Of two that begin at one place the longer one is replaced.
	slices.SortStableFunc(pairs, func(a, b [2]string) int { return cmp.Compare(len(b[0]), len(a[0])) })
	var flat []string
	for _, p := range pairs {
		flat = append(flat, p[0], p[1])
	}
	return &mask{c, strings.NewReplacer(flat...)}
}

// spellings are the ways in which services write a text.
func spellings(secret string) []string {
	out := []string{
		secret, url.QueryEscape(secret), url.PathEscape(secret),
		base64.StdEncoding.EncodeToString([]byte(secret)),
		base64.RawURLEncoding.EncodeToString([]byte(secret)),
		strings.ReplaceAll(secret, "/", `\/`),
	}
	if text, err := json.Marshal(secret); err == nil {
		out = append(out, string(text[1:len(text)-1]))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// text returns a text without secrets. A nil mask knows none.
func (m *mask) text(s string) string {
	if m == nil {
		return s
	}
	return m.replacer.Replace(s)
}

// bytes returns a body without secrets.
func (m *mask) bytes(body []byte) []byte {
	if m == nil {
		return body
	}
	return []byte(m.text(string(body)))
}

// excerpt shortens a body for a message: secrets first, because half of one is one too.
func (m *mask) excerpt(body []byte) string { return excerpt([]byte(m.text(string(body)))) }

// value returns a value of JSON without secrets; maps and lists are copied.
func (m *mask) value(v any) any {
	switch x := v.(type) {
	case nil, bool:
		return v
	case string:
		return m.text(x)
	case []any:
		out := make([]any, len(x))
		for i := range x {
			out[i] = m.value(x[i])
		}
		return out
	case map[string]any:
		return m.values(x)
	}
	if shown := fmt.Sprint(v); m.text(shown) != shown {
		return m.text(shown)
	}
	return v
}

func (m *mask) values(set map[string]any) map[string]any {
	if set == nil {
		return nil
	}
	out := make(map[string]any, len(set))
	for name, v := range set {
		out[m.text(name)] = m.value(v)
	}
	return out
}

// history returns a history without secrets in what was sent and seen. Names that the contract and
// the plan give stay as they are.
func (m *mask) history(h *model.History) *model.History {
	if m == nil {
		return h
	}
	out := *h
	out.Operations, out.Events = slices.Clone(h.Operations), slices.Clone(h.Events)
	for i := range out.Operations {
		op := &out.Operations[i]
		op.Path, op.Body = m.text(op.Path), m.text(op.Body)
	}
	out.Initial = maps.Clone(h.Initial)
	for name, v := range out.Initial {
		out.Initial[name] = m.value(v)
	}
	for i := range out.Events {
		m.event(&out.Events[i])
	}
	return &out
}

// event takes secrets out of a copy of an event.
func (m *mask) event(e *model.Event) {
	e.Err, e.Detail, e.Value = m.text(e.Err), m.text(e.Detail), m.value(e.Value)
	if e.Answer != nil {
		answer := *e.Answer
		answer.Body, answer.Headers = m.text(answer.Body), m.headers(answer.Headers)
		e.Answer = &answer
	}
	if e.Effect != nil {
		effect := *e.Effect
		effect.ID, effect.Fields = m.text(effect.ID), m.values(effect.Fields)
		effect.Key, effect.Mark = m.text(effect.Key), m.text(effect.Mark)
		e.Effect = &effect
	}
}

// headers takes secrets out of an answer's headers. Those that are secret themselves, such as a
// cookie that the service sets, keep a digest, so that it is seen whether a repeat got the same.
func (m *mask) headers(set map[string]string) map[string]string {
	if set == nil {
		return nil
	}
	out := make(map[string]string, len(set))
	for name, value := range set {
		out[name] = m.text(value)
		if contract.IsSecret(m.contract, name) {
			sum := sha256.Sum256([]byte(value))
			out[name] = fmt.Sprintf("<redacted %x>", sum[:4])
		}
	}
	return out
}
