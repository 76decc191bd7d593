package harness

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/idemcheck/idemcheck/chaos/guard"
	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/model"
)

// instance is one fresh resource of one tenant.
type instance struct {
	model.Resource
	tenant string
	// id is what the service calls it; prefix is "tenant/name", its name in states.
	id     string
	prefix string
	// unique is the name nobody used before, the same for every tenant unless tenants share names.
	unique string
	needs  map[string]*instance
	// base are the ledger items that were there before the first operation, by ledger.
	base map[string]map[string]int
}

// bound is a planned operation with its real key, payload and bytes.
type bound struct {
	model.PlannedOperation
	record  *model.Operation
	head    []byte
	payload []byte
	// envelope is what head was made of, and fresh the text in it and in the payload in whose place
	// each attempt has its own; "" without any.
	envelope envelope
	fresh    string
}

// binding is a case bound to a target: fresh resources, fresh keys.
type binding struct {
	runner    *runner
	site      Site
	plain     *plain
	plan      *model.Case
	nonce     string
	resources []*instance
	ops       []*bound
	initial   model.State
}

// nonce returns a name that no earlier run used. It is an identity and not a die: nothing is
// decided by it.
func nonce() string {
	var b [6]byte
	_, _ = rand.Read(b[:]) // crypto/rand never fails
	return hex.EncodeToString(b[:])
}

// bind sets up the resources of a case and renders its operations.
func (r *runner) bind(ctx context.Context, s Site, c *model.Case) (*binding, error) {
	b := &binding{
		runner: r, site: s, plan: c, nonce: s.Nonce, initial: model.State{},
		plain: &plain{
			contract: r.contract, base: r.base, conditions: r.conditions, heavy: r.heavy,
			mask: r.mask,
			client: &http.Client{
				Transport: s.HTTP, Timeout: plainLimit, CheckRedirect: guard.NoRedirect,
			},
		},
	}
	if b.nonce == "" {
		b.nonce = nonce()
	}
	for _, res := range c.Resources {
		for _, tenant := range tenantsOf(c) {
			inst, err := b.create(ctx, res, tenant)
			if err != nil {
				return nil, err
			}
			b.resources = append(b.resources, inst)
		}
	}
	if err := b.baseline(ctx); err != nil {
		return nil, err
	}
	for i := range c.Operations {
		op, err := b.operation(&c.Operations[i])
		if err != nil {
			return nil, fmt.Errorf("preparing operation %s: %w", c.Operations[i].ID, err)
		}
		b.ops = append(b.ops, op)
	}
	return b, nil
}

// find returns the instance of a resource for a tenant, or nil.
func (b *binding) find(name, tenant string) *instance {
	for _, inst := range b.resources {
		if inst.Name == name && inst.tenant == tenant {
			return inst
		}
	}
	return nil
}

// need returns the first instance of a type for a tenant, or nil.
func (b *binding) need(typ, tenant string) *instance {
	for _, inst := range b.resources {
		if inst.Type == typ && inst.tenant == tenant {
			return inst
		}
	}
	return nil
}

// create makes one resource at the target, with a fresh key.
func (b *binding) create(
	ctx context.Context, res model.Resource, tenant string,
) (*instance, error) {
	typ, ok := b.runner.contract.Resources[res.Type]
	if !ok {
		return nil, fmt.Errorf("setting up %s: the contract has no resource %q", res.Name, res.Type)
	}
	inst := &instance{
		Resource: res, tenant: tenant, prefix: tenant + "/" + res.Name,
		unique: "ic-" + b.nonce + "-" + res.Name, needs: map[string]*instance{},
		base: map[string]map[string]int{},
	}
	if typ.Shared != nil && *typ.Shared {
		inst.unique += "-" + tenant
	}
	vars := contract.Vars{"unique": inst.unique}
	for name, needed := range typ.Needs {
		if inst.needs[name] = b.need(needed, tenant); inst.needs[name] == nil {
			return nil, fmt.Errorf("setting up %s: the plan has no %s for it", res.Name, needed)
		}
		inst.needs[name].add(vars, name)
	}
	key := "setup-" + res.Name + "-" + tenant
	answer, err := b.plain.send(ctx, message{
		tenant: tenant, Message: typ.Create, vars: vars,
		key: model.KeyPlan{Name: key, Style: model.KeyPlain}, nonce: b.nonce,
	})
	if err != nil {
		return nil, fmt.Errorf("setting up %s: %w%s", res.Name, err, setupAdvice(err, res.Type))
	}
	id, why := nameValue(model.Lookup(answer, typ.ID))
	if inst.id = id; why != "" {
		return nil, fmt.Errorf("setting up %s: its answer has %s field %q (resources.%s.id)",
			res.Name, why, typ.ID, res.Type)
	}
	return inst, nil
}

// setupAdvice says what to look at when a resource could not be made.
func setupAdvice(err error, typ string) string {
	var status *StatusError
	switch {
	case !errors.As(err, &status):
		return ""
	case unauthorized(status.Status):
		return "; check target.headers and tenants.*.headers"
	}
	return "; check resources." + typ + ".create"
}

// add puts an instance and what it was made from into template values.
func (i *instance) add(vars contract.Vars, name string) {
	vars[name] = i.id
	vars[name+".id"] = i.id
	vars[name+".unique"] = i.unique
	for need, inst := range i.needs {
		inst.add(vars, name+"."+need)
	}
}

// addArgs puts an instance's names in states into the arguments that the model sees.
func (i *instance) addArgs(op *model.Operation, name string) {
	op.Args[name] = i.prefix
	op.Resources = append(op.Resources, i.prefix)
	for _, need := range slices.Sorted(maps.Keys(i.needs)) {
		i.needs[need].addArgs(op, name+"."+need)
	}
}

// operation renders one operation.
func (b *binding) operation(p *model.PlannedOperation) (*bound, error) {
	typ, ok := b.runner.contract.Operations[p.Type]
	if !ok {
		return nil, fmt.Errorf("the contract has no operation %q", p.Type)
	}
	key, lines := keyLines(b.runner.contract, p.Key, b.nonce)
	if !contract.SendsKey(b.runner.contract, p.Type) {
		key = "" // a key that nobody is sent is none
	}
	op := &model.Operation{
		ID: p.ID, Client: p.Client, Type: p.Type, Tenant: p.Tenant, Key: key,
		KeyStyle: p.Key.Style, Method: typ.Method, Route: typ.Path,
		Mark: "ic-" + b.nonce + "-" + p.Mark, Args: map[string]any{}, Attempts: len(p.Attempts),
	}
	vars := contract.Vars{"mark": op.Mark, "key": key}
	if err := b.arguments(p, typ, op, vars); err != nil {
		return nil, err
	}
	out := &bound{PlannedOperation: *p, record: op}
	if slices.Contains(contract.Sent(typ), attemptName) {
		out.fresh = b.attemptText(p.ID, 0)
		vars[attemptName] = out.fresh
	}
	if err := b.render(out, typ, vars, lines); err != nil {
		return nil, err
	}
	var err error
	op.Effects, err = b.runner.spec.Effects(op)
	return out, err
}

// render makes the bytes of an operation.
func (b *binding) render(
	op *bound, typ model.OperationType, vars contract.Vars, keys []string,
) (err error) {
	if slices.ContainsFunc(keys, unsendable) {
		return fmt.Errorf("the key %q of the plan holds a line end or another control character", keys)
	}
	e := envelope{method: typ.Method, tenant: op.Tenant, keys: keys}
	if e.path, err = contract.RenderPath(typ.Path, vars); err != nil {
		return err
	}
	if e.own, err = contract.RenderHeaders(typ.Headers, vars); err != nil {
		return err
	}
	if op.payload, e.contentType, err = contract.RenderBody(typ.Body, vars); err != nil {
		return err
	}
	op.envelope, op.head = e, b.runner.head(e, len(op.payload))
	op.record.Path = op.numbered(e.path, unnumbered)
	op.record.Body = op.numbered(string(op.payload), unnumbered)
	return nil
}

// unsendable tells whether a header line would become several, or none: names of keys come from
// saved plans too.
func unsendable(line string) bool {
	return strings.ContainsFunc(line, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f })
}

// arguments resolves drawn arguments for templates and for the model.
func (b *binding) arguments(
	p *model.PlannedOperation, typ model.OperationType, op *model.Operation, vars contract.Vars,
) error {
	for _, name := range slices.Sorted(maps.Keys(typ.Args)) {
		value := model.Normal(p.Args[name])
		if typ.Args[name].Resource == "" {
			op.Args[name], vars[name] = value, value
			continue
		}
		inst := b.find(fmt.Sprint(value), p.Tenant)
		if inst == nil {
			return fmt.Errorf("argument %s: the plan sets up no resource %v", name, value)
		}
		inst.add(vars, name)
		inst.addArgs(op, name)
	}
	return nil
}

// envelope is what of a request stands before its payload.
type envelope struct {
	method, path, tenant, contentType string
	// keys are the lines of the key, own the headers of the operation's type.
	keys []string
	own  map[string]string
}

// head renders the request line and the headers of an operation, in a fixed order.
func (r *runner) head(e envelope, length int) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: %s\r\n", e.method, r.path(e.path), r.base.Host)
	headers := map[string]string{"User-Agent": "idemcheck", "Accept": "*/*"}
	if e.contentType != "" {
		headers["Content-Type"] = e.contentType
	}
	override(headers, r.contract.Target.Headers)
	override(headers, r.contract.Tenants[e.tenant].Headers)
	override(headers, e.own)
	for _, name := range slices.Sorted(maps.Keys(headers)) {
		fmt.Fprintf(&b, "%s: %s\r\n", name, headers[name])
	}
	if r.contract.Key.Header != "" {
		for _, k := range e.keys {
			fmt.Fprintf(&b, "%s: %s\r\n", r.contract.Key.Header, k)
		}
	}
	if length > 0 || e.method != http.MethodGet && e.method != http.MethodDelete {
		fmt.Fprintf(&b, "Content-Length: %d\r\n", length)
	}
	b.WriteString("\r\n")
	return b.Bytes()
}

// override sets headers, and takes away those of the same name however it is spelt: two lines would
// be another message.
func override(headers, set map[string]string) {
	for name := range set {
		maps.DeleteFunc(headers, func(old, _ string) bool { return sameHeader(old, name) })
	}
	maps.Copy(headers, set)
}

// attemptHead is the head of one attempt: an operation's, with a trace header of the attempt's own,
// as instrumented clients send it. A service must not take a repeat for another operation because
// of it. A contract that writes the header itself has its own.
func (b *binding) attemptHead(op *bound, n int) []byte {
	for _, set := range []map[string]string{
		b.runner.contract.Target.Headers, b.runner.contract.Tenants[op.Tenant].Headers,
	} {
		for name := range set {
			if sameHeader(name, traceHeader) {
				return op.head
			}
		}
	}
	trace := sha256.Sum256([]byte(b.nonce + "/" + op.ID))
	span := sha256.Sum256(fmt.Appendf(nil, "%s/%s/%d", b.nonce, op.ID, n))
	end := len(op.head) - len("\r\n")
	return fmt.Appendf(slices.Clip(op.head[:end]), "%s: 00-%x-%x-01\r\n\r\n",
		traceHeader, trace[:16], span[:8])
}

// traceHeader is W3C's; its value here says that the trace is kept: services drop what their
// callers do not keep.
const traceHeader = "Traceparent"

// path joins a path of the contract to the target's base path.
func (r *runner) path(p string) string { return joinPath(r.base, p) }

func joinPath(base *url.URL, p string) string {
	return strings.TrimSuffix(base.EscapedPath(), "/") + p
}
