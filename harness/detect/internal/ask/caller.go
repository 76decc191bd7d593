package ask

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/idemcheck/idemcheck/chaos/upstream"
	"github.com/idemcheck/idemcheck/harness/contract/template"
	"github.com/idemcheck/idemcheck/harness/internal/conditions"
	"github.com/idemcheck/idemcheck/harness/internal/mask"
	"github.com/idemcheck/idemcheck/harness/internal/signin"
	"github.com/idemcheck/idemcheck/harness/internal/sleep"
	"github.com/idemcheck/idemcheck/harness/observe"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/exchange"
)

// patience is how long one message is waited for.
const patience = 10 * time.Second

// Caller sends messages, each once, and makes what operations work on.
type Caller struct {
	contract *model.Contract
	// plain is the contract without anything about keys: this package sends them itself, and no
	// answer is one to try again.
	plain    *model.Contract
	base     *url.URL
	http     http.RoundTripper
	mask     *mask.Mask
	sessions *signin.Sessions
	budget   *budget
	keys     *keys
	runID    string
	// made are the resources that were made, by tenant and name.
	made map[string]*observe.Instance
}

// Options say whom to ask. Contract and HTTP are needed; see package detect.
type Options struct {
	Contract *model.Contract
	Secrets  []string
	RunID    string
	HTTP     http.RoundTripper
}

// New makes the caller of one detection.
func New(o Options) (*Caller, error) {
	bases, err := upstream.Bases(o.Contract.Target)
	if err != nil {
		return nil, err
	}
	plain := *o.Contract
	plain.Key, plain.Promises = model.Key{}, model.Promises{}
	out := &Caller{
		contract: o.Contract, plain: &plain, base: bases[0], http: o.HTTP,
		mask: mask.New(o.Contract, o.Secrets), budget: &budget{}, keys: newKeys(o.Contract.Key),
		runID: o.RunID, made: map[string]*observe.Instance{},
	}
	out.sessions = signin.New(o.Contract, bases[0], out.mask.Learn)
	return out, nil
}

// message is one message that is sent.
type message struct {
	model.Message
	tenant string
	vars   template.Vars
	// form and key are how its key travels; an empty key is none, unless line is what stands in the
	// header instead.
	form Form
	key  string
	line *string
}

// send sends a message once, and returns its answer, whatever it is.
func (c *Caller) send(ctx context.Context, m message) (*Heard, error) {
	if rate := c.contract.Target.MaxRate; rate > 0 {
		if err := sleep.For(ctx, time.Second/time.Duration(rate)); err != nil {
			return nil, err
		}
	}
	within, end := context.WithTimeout(ctx, patience)
	defer end()
	heard := &tap{budget: c.budget, by: c.http}
	client := &observe.Client{
		Contract: c.plain, Base: c.base, Client: observe.NewHTTPClient(heard), Mask: c.mask,
		Sessions: c.sessions,
	}
	m.OK = everyStatus()
	m.Headers = c.headers(&m)
	m.vars = maps.Clone(m.vars)
	m.vars["key"] = m.key
	if line := m.keyLine(); line != nil {
		m.vars[keyLine] = *line
	}
	_, err := client.Send(within, observe.BoundMessage{
		Message: m.Message, Tenant: m.tenant, Vars: m.vars, Nonce: c.keys.nonce,
	})
	if heard.last == nil {
		return nil, plainly(err)
	}
	return heard.last, nil // that it is no JSON, say, is no matter here
}

// plainly is why there is no answer: what was not sent has no address.
func plainly(err error) error {
	for _, why := range []error{ErrSpent, errSilent} {
		if errors.Is(err, why) {
			return why
		}
	}
	return cmp.Or(err, errors.New("nothing was answered"))
}

// keyLine is the name in templates of what stands in the header of the key.
const keyLine = "line"

// keyLine is what stands in the header of the key; nil for no header.
func (m *message) keyLine() *string {
	switch {
	case m.form.Header == "" || m.key == "" && m.line == nil:
		return nil
	case m.line != nil:
		return m.line
	}
	return new(m.form.carry(m.key))
}

// headers are those of a message, with its key.
func (c *Caller) headers(m *message) map[string]string {
	out := map[string]string{}
	maps.Copy(out, m.Headers)
	if c.runID != "" {
		out["X-Idemcheck-Run"] = c.runID
	}
	if m.keyLine() == nil {
		return out
	}
	out[m.form.Header] = "{" + keyLine + "}"
	if m.form.Header == repeatability && c.contract.Target.Headers[firstSent] == "" {
		out[firstSent] = sentOn
	}
	return out
}

// everyStatus lists all statuses: each is an answer.
func everyStatus() []int {
	var out []int
	for status := 100; status < 600; status++ {
		out = append(out, status)
	}
	return out
}

// resource returns a resource of a tenant, which is made when it is asked for first. What it needs
// was made before.
func (c *Caller) resource(
	ctx context.Context, r model.Resource, tenant string, f Form,
) (*observe.Instance, error) {
	name := tenant + "/" + r.Name
	if inst := c.made[name]; inst != nil {
		return inst, nil
	}
	inst := &observe.Instance{
		Resource: r, Tenant: tenant, Prefix: name, Needs: map[string]*observe.Instance{},
		Unique: strings.TrimSuffix("ic-"+c.keys.nonce+"-"+r.Name+"-"+tenant, "-"),
	}
	typ, vars := c.contract.Resources[r.Type], template.Vars{"unique": inst.Unique}
	for need, of := range typ.Needs {
		if inst.Needs[need] = c.madeOf(of, tenant); inst.Needs[need] == nil {
			return nil, Nothing("making %s: there is no %s for it", r.Type, of)
		}
		inst.Needs[need].Add(vars, need)
	}
	said, err := c.send(ctx, message{
		Message: typ.Create, tenant: tenant, vars: vars, form: f, key: c.keys.next(),
	})
	if err != nil {
		return nil, fmt.Errorf("making %s: %w", r.Type, err)
	}
	if !isDone(typ.Create.OK, said.Status) {
		return nil, c.Told("resources."+r.Type+".create", said)
	}
	if inst.ID = nameAt(typ.ID, typ.IDFrom, said); inst.ID == "" {
		return nil, Nothing("making %s: its answer has no id (resources.%s.id)", r.Type, r.Type)
	}
	c.made[name] = inst
	return inst, nil
}

// madeOf is a resource of a type that was made for a tenant, or nil.
func (c *Caller) madeOf(typ, tenant string) *observe.Instance {
	for _, name := range slices.Sorted(maps.Keys(c.made)) {
		if inst := c.made[name]; inst.Type == typ && inst.Tenant == tenant {
			return inst
		}
	}
	return nil
}

// nameAt is what an answer calls what it made: at a field, or elsewhere. "" for none.
func nameAt(field string, from *exchange.Spot, a *Heard) string {
	switch {
	case from != nil:
		return signin.NameAt(*from, a.Header, a.Body)
	case field == "":
		return ""
	}
	return signin.NameAt(exchange.Spot{Body: field}, a.Header, a.Body)
}

// isDone reports whether a status is one of those that mean success; none named means any 2xx.
func isDone(want []int, status int) bool {
	if len(want) == 0 {
		return status/100 == 2
	}
	return slices.Contains(want, status)
}

// NewPayload is one that nobody sent before.
func (c *Caller) NewPayload(args map[string]any) Payload {
	return Payload{
		args: args, mark: fmt.Sprint("ic-", c.keys.nonce, "-", c.keys.next()),
		captured: template.Vars{},
	}
}

// NextKey is a key that nobody used before, and LongKey one of so many characters.
func (c *Caller) NextKey() string { return c.keys.next() }

// LongKey is a key of so many characters, of letters and digits alone.
func (c *Caller) LongKey(n int) string { return c.keys.long(n) }

// Sent counts the requests that were sent.
func (c *Caller) Sent() int { return c.budget.sent() }

// Lost reports whether a message was left without an answer: it may still be at work.
func (c *Caller) Lost() bool { return c.budget.lost() }

// Masked is a text without secrets.
func (c *Caller) Masked(text string) string { return c.mask.Text(text) }

// Told is an error that says what an operation was answered.
func (c *Caller) Told(what string, a *Heard) error {
	return &ToldError{what, a.Status, c.mask.Excerpt(a.Body)}
}

// ToldError is an answer that was of no use.
type ToldError struct {
	What   string
	Status int
	Body   string
}

// Error says what was answered.
func (e *ToldError) Error() string {
	next := ""
	if conditions.Unauthorized(e.Status) {
		next = " (check target.headers and tenants.*.headers)"
	}
	return fmt.Sprintf("%s was answered %d%s: %s", e.What, e.Status, next, e.Body)
}

// NothingError says why nothing can be known of keys.
type NothingError struct{ Why string }

// Error returns the reason.
func (e *NothingError) Error() string { return e.Why }

// Nothing makes such an error.
func Nothing(format string, args ...any) error {
	return &NothingError{fmt.Sprintf(format, args...)}
}
