// Package mask takes secrets out of what a service says.
package mask

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
	"sync"
	"sync/atomic"

	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/model"
)

// Mask takes secrets out of what a service says: whatever was sent to it may come back, in answers,
// in ledgers, in errors. It works before anything is judged, so that a saved history is judged as
// the run was.
type Mask struct {
	contract *model.Contract
	// mu is held by who adds to what is known.
	mu    sync.Mutex
	known atomic.Pointer[secrets]
}

// secrets are texts that nobody may see. They do not change.
type secrets struct {
	// pairs are the secrets and what stands in their place.
	pairs    [][2]string
	replacer *strings.Replacer
}

// isIn reports whether a text holds a secret. Hardly any does, and looking is cheaper than
// replacing nothing.
func (s *secrets) isIn(text string) bool {
	return slices.ContainsFunc(s.pairs, func(pair [2]string) bool {
		return strings.Contains(text, pair[0])
	})
}

// masked stands where a secret was. Digits are replaced by digits: they may be a number in JSON.
const masked = "<redacted>"

// New makes the mask of a resolved contract and further secrets.
func New(c *model.Contract, more []string) *Mask {
	m := &Mask{contract: c}
	m.known.Store(&secrets{replacer: strings.NewReplacer()})
	m.add(slices.Concat(contract.Secrets(c, nil), more))
	return m
}

// minLearned is how many bytes something must have that is learned during a run to be looked for:
// shorter ones would be found in what has nothing to do with them.
const minLearned = 6

// Learn adds secrets that a service gave, such as the token of a session.
func (m *Mask) Learn(secrets []string) {
	m.add(slices.DeleteFunc(slices.Clone(secrets), func(s string) bool { return len(s) < minLearned }))
}

// Fork returns a mask that learns without teaching this one.
func (m *Mask) Fork() *Mask {
	if m == nil {
		return nil
	}
	out := &Mask{contract: m.contract}
	out.known.Store(m.known.Load())
	return out
}

// add takes further secrets.
func (m *Mask) add(more []string) {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	pairs := slices.Clone(m.known.Load().pairs)
	for _, secret := range more {
		instead := masked
		if strings.Trim(secret, "0123456789") == "" {
			instead = strings.Repeat("9", len(secret))
		}
		for _, spelt := range spellings(secret) {
			pair := [2]string{spelt, instead}
			if !slices.Contains(pairs, pair) {
				pairs = append(pairs, pair)
			}
		}
	}
	// Of two that begin at one place the longer one is replaced.
	slices.SortStableFunc(pairs, func(a, b [2]string) int { return cmp.Compare(len(b[0]), len(a[0])) })
	var flat []string
	for _, p := range pairs {
		flat = append(flat, p[0], p[1])
	}
	m.known.Store(&secrets{pairs, strings.NewReplacer(flat...)})
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

// Text returns a text without secrets. A nil mask knows none.
func (m *Mask) Text(s string) string {
	if m == nil || s == "" {
		return s
	}
	if known := m.known.Load(); known.isIn(s) {
		return known.replacer.Replace(s)
	}
	return s
}

// Bytes returns a body without secrets.
func (m *Mask) Bytes(body []byte) []byte {
	if m == nil {
		return body
	}
	return []byte(m.Text(string(body)))
}

// Excerpt shortens a body for a message: secrets first, because half of one is one too.
func (m *Mask) Excerpt(body []byte) string { return Excerpt([]byte(m.Text(string(body)))) }

// Value returns a value of JSON without secrets.
func (m *Mask) Value(v any) any {
	if m == nil || len(m.known.Load().pairs) == 0 {
		return v
	}
	return m.value(v)
}

// value does so where there are secrets; maps and lists are copied.
func (m *Mask) value(v any) any {
	switch x := v.(type) {
	case nil, bool:
		return v
	case string:
		return m.Text(x)
	case []any:
		out := make([]any, len(x))
		for i := range x {
			out[i] = m.value(x[i])
		}
		return out
	case map[string]any:
		return m.values(x)
	}
	if shown := fmt.Sprint(v); m.Text(shown) != shown {
		return m.Text(shown)
	}
	return v
}

func (m *Mask) values(set map[string]any) map[string]any {
	if set == nil {
		return nil
	}
	out := make(map[string]any, len(set))
	for name, v := range set {
		out[m.Text(name)] = m.value(v)
	}
	return out
}

// History returns a history without secrets in what was sent and seen. Names that the contract and
// the plan give stay as they are.
func (m *Mask) History(h *model.History) *model.History {
	if m == nil {
		return h
	}
	out := *h
	out.Operations, out.Events = slices.Clone(h.Operations), slices.Clone(h.Events)
	for i := range out.Operations {
		op := &out.Operations[i]
		op.Path, op.Body = m.Text(op.Path), m.Text(op.Body)
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
func (m *Mask) event(e *model.Event) {
	e.Err, e.Detail, e.Value = m.Text(e.Err), m.Text(e.Detail), m.value(e.Value)
	if e.Answer != nil {
		e.Answer = m.answer(*e.Answer)
	}
	if e.Effect != nil {
		e.Effect = m.effect(*e.Effect)
	}
}

func (m *Mask) answer(a model.Answer) *model.Answer {
	a.Body, a.Headers = m.Text(a.Body), m.headers(a.Headers)
	return &a
}

func (m *Mask) effect(e model.Effect) *model.Effect {
	e.ID, e.Fields = m.Text(e.ID), m.values(e.Fields)
	e.Key, e.CorrelationID = m.Text(e.Key), m.Text(e.CorrelationID)
	return &e
}

// headers takes secrets out of an answer's headers. Those that are secret themselves, such as a
// cookie that the service sets, keep a digest, so that it is seen whether a repeat got the same.
func (m *Mask) headers(set map[string]string) map[string]string {
	if set == nil {
		return nil
	}
	out := make(map[string]string, len(set))
	for name, value := range set {
		out[name] = m.header(name, value)
	}
	return out
}

// header is the value of a header without secrets; of a secret one, what tells it from others.
func (m *Mask) header(name, value string) string {
	if !contract.IsSecret(m.contract, name) {
		return m.Text(value)
	}
	sum := sha256.Sum256([]byte(value))
	return fmt.Sprintf("<redacted %x>", sum[:4])
}

// MaxExcerpt is how many bytes of a body a message shows.
const MaxExcerpt = 160

// Excerpt shortens a body for a message.
func Excerpt(body []byte) string {
	short := body[:min(len(body), 4*MaxExcerpt)]
	s := strings.Join(strings.Fields(strings.ToValidUTF8(string(short), "�")), " ")
	if len(s) > MaxExcerpt || len(short) < len(body) {
		s = strings.ToValidUTF8(s[:min(len(s), MaxExcerpt)], "") + "…"
	}
	return s
}
