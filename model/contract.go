package model

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/idemcheck/idemcheck/model/argument"
	"github.com/idemcheck/idemcheck/model/choice"
	"github.com/idemcheck/idemcheck/model/exchange"
	"github.com/idemcheck/idemcheck/model/expect"
	"github.com/idemcheck/idemcheck/model/follow"
	"github.com/idemcheck/idemcheck/model/launch"
	"github.com/idemcheck/idemcheck/model/source"
	"github.com/idemcheck/idemcheck/model/value"
)

// Contract is what an endpoint promises and how to talk to it: the content of an idemcheck.yaml. It
// is plain data; package harness/contract reads it from YAML, checks it and compiles its
// expressions.
//
// Strings may hold ${NAME} or ${NAME:-default} (environment, replaced when a target is opened and
// never saved) and {name} (an argument, a resource's id, the correlation ID {mark}, the key {key},
// what a step before the operation captured); a string that is nothing but {name} keeps the type of
// its value. {attempt} is a text that every attempt has for itself, such as a token, a time or a
// signature that clients make anew.
type Contract struct {
	// Version is that of the language: 1. Name is what reports call the service.
	Version int    `json:"version" yaml:"version"`
	Name    string `json:"name,omitempty" yaml:"name"`
	// Start is how idemcheck starts the service itself, on a free port of this machine; nil means that
	// it runs already.
	Start *launch.Start `json:"start,omitempty" yaml:"start"`
	// Target is the service under test.
	Target TargetSettings `json:"target" yaml:"target"`
	// Tenants are the callers whose keys must not meet. Without any there is one nameless tenant.
	Tenants map[string]Tenant `json:"tenants,omitempty" yaml:"tenants"`
	// Session is how every tenant without one of its own logs in; nil means that nobody does.
	Session *exchange.SignIn `json:"session,omitempty" yaml:"session"`
	// Dialect names a set of defaults for Key and Promises ("ietf"); what is written wins.
	Dialect string `json:"dialect,omitempty" yaml:"dialect"`
	// Key says how the idempotency key travels, and which keys there are.
	Key Key `json:"key" yaml:"key"`
	// Promises are the answers that the service declares. Without any, a repeat gets what the first
	// attempt got, and an operation executes once.
	Promises Promises `json:"promises" yaml:"promises"`
	// Resources are the fresh things that every case gets, by type.
	Resources map[string]ResourceType `json:"resources,omitempty" yaml:"resources"`
	// Operations are what callers want done once, by type.
	Operations map[string]OperationType `json:"operations" yaml:"operations"`
	// Ledgers are the lists in which effects are seen, by name.
	Ledgers map[string]Ledger `json:"ledgers,omitempty" yaml:"ledgers"`
	// CleanUp is sent when a case or the run is over, whatever came of it.
	CleanUp []exchange.CleanUp `json:"cleanup,omitempty" yaml:"cleanup"`
	// Sinks are the services that idemcheck hosts for the service under test to call, by name.
	Sinks map[string]source.Sink `json:"sinks,omitempty" yaml:"sinks"`
	// Scenarios are those of the catalogue that a run draws its cases from, and Faults the kinds that
	// it makes: all, and equally often, unless it is said. Of those, --scenario takes fewer.
	Scenarios *choice.Selection `json:"scenarios,omitempty" yaml:"scenarios"`
	Faults    *choice.Selection `json:"faults,omitempty" yaml:"faults"`
	// Age is how the record of a key is made older. Nil means that nobody can; then what is about
	// expiry waits for it.
	Age *source.Ageing `json:"age,omitempty" yaml:"age"`
	// Expect says how fast the service is expected to be, without and under faults; nil means that
	// nobody asks.
	Expect *expect.Thresholds `json:"expect,omitempty" yaml:"expect"`
}

// Timeout is when a client gives up on an attempt.
func (c *Contract) Timeout() time.Duration {
	if c.Target.Timeout == 0 {
		return time.Second
	}
	return c.Target.Timeout.Std()
}

// TenantNames lists the tenants, sorted; a contract without any has one nameless tenant.
func (c *Contract) TenantNames() []string {
	if len(c.Tenants) == 0 {
		return []string{""}
	}
	return slices.Sorted(maps.Keys(c.Tenants))
}

// Caller is what a service can tell a tenant by: the headers that it sends, and how it logs in.
func (c *Contract) Caller(tenant string) string {
	login := ""
	if own := c.Tenants[tenant].Session; own != nil {
		login = fmt.Sprintf("%+v", *own)
	}
	return fmt.Sprint(c.Tenants[tenant].Headers, login) // sorted by name
}

// Callers lists what the tenants can be told apart by.
func (c *Contract) Callers() []string {
	var out []string
	for name := range c.Tenants {
		out = append(out, c.Caller(name))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Tenant is one caller.
type Tenant struct {
	// Headers are sent with everything of this tenant, such as its credential.
	Headers map[string]string `json:"headers,omitempty" yaml:"headers"`
	// Session is how it logs in, where that is not as the contract says for all.
	Session *exchange.SignIn `json:"session,omitempty" yaml:"session"`
}

// Key says how the idempotency key travels.
type Key struct {
	// Header is the name of the header; empty where path or body hold {key}, or where operations are
	// recognised without one.
	Header string `json:"header,omitempty" yaml:"header"`
	// From names what the steps before an operation capture as its key, where the service makes the
	// keys: its attempts send that one, and every operation has its own. Left out, clients make them.
	From string `json:"from,omitempty" yaml:"from"`
	// Quoted sends the key as a structured-field string, "like this".
	Quoted *bool `json:"quoted,omitempty" yaml:"quoted"`
	// Required reports whether a missing key is refused.
	Required *bool `json:"required,omitempty" yaml:"required"`
	// MaxLength is the longest key accepted, in characters. Zero means that a client may send up to
	// 255, and that a service may refuse the longer ones.
	MaxLength int `json:"max_length,omitempty" yaml:"max_length"`
	// MinLength is the shortest key accepted, in characters. Zero is no bound.
	MinLength int `json:"min_length,omitempty" yaml:"min_length"`
	// Format is the form that keys must have: "uuid", in lower case; empty means any. Pattern is a
	// regular expression (RE2) that the whole of a key matches; empty means that any text does.
	Format  string `json:"format,omitempty" yaml:"format"`
	Pattern string `json:"pattern,omitempty" yaml:"pattern"`
	// Empty says what an empty key is: "none" (no key was sent), or "refused" with a status of
	// Malformed or Missing. Left out, it is refused where Malformed is declared.
	Empty string `json:"empty,omitempty" yaml:"empty"`
	// Scope lists what a key is private to: tenant, route (method and path).
	Scope []string `json:"scope,omitempty" yaml:"scope"`
}

// Promises are the answers that the contract declares; each is one knob of a dialect.
type Promises struct {
	// Missing and Malformed are the statuses for a missing and for an unparseable key.
	Missing   []int `json:"missing,omitempty" yaml:"missing"`
	Malformed []int `json:"malformed,omitempty" yaml:"malformed"`
	// TooLong are the statuses for a key of more than Key.MaxLength characters, besides Malformed.
	TooLong []int `json:"too_long,omitempty" yaml:"too_long"`
	// Mismatch are the statuses for a key used again with another payload; MismatchAnswer is how such
	// a repeat is treated: "refused" (the default), "replayed" or "executed".
	Mismatch       []int  `json:"mismatch,omitempty" yaml:"mismatch"`
	MismatchAnswer string `json:"mismatch_answer,omitempty" yaml:"mismatch_answer"`
	// SameBody are the statuses for a new key with the payload of an earlier operation, where that is
	// refused. None means that it is an operation of its own.
	SameBody []int `json:"same_body,omitempty" yaml:"same_body"`
	// InFlight are the statuses for a duplicate while the first attempt is at work (waiting for the
	// first answer is always allowed).
	InFlight []int `json:"in_flight,omitempty" yaml:"in_flight"`
	// Done are the statuses that say "this operation happened before" and show nothing of its answer.
	// One that is declared for something else about keys too leaves open which of them it means.
	Done []int `json:"done,omitempty" yaml:"done"`
	// Transient are the statuses that say "try again" and are never stored.
	Transient []int `json:"transient,omitempty" yaml:"transient"`
	// Replay is what a repeat gets: "same-body" (status and body; the default), "same-status",
	// "current-state" or "acknowledgement".
	Replay string `json:"replay,omitempty" yaml:"replay"`
	// ReplayBody is the field in which replays hold the body of the first answer; no first answer has
	// it. Empty means that the body is the answer's own.
	ReplayBody string `json:"replay_body,omitempty" yaml:"replay_body"`
	// ReplayIgnore are answer fields that may differ between replays.
	ReplayIgnore []string `json:"replay_ignore,omitempty" yaml:"replay_ignore"`
	// ReplayHeaders are the headers that every replay has as the first answer had them, besides
	// Content-Type, which is compared where bodies are. ReplayIgnoreHeaders are not compared.
	ReplayHeaders       []string `json:"replay_headers,omitempty" yaml:"replay_headers"`
	ReplayIgnoreHeaders []string `json:"replay_ignore_headers,omitempty" yaml:"replay_ignore_headers"`
	// Errors says what happens to a refusal: "replayed" (a repeat gets it again) or "executed"
	// (a repeat may execute).
	Errors string `json:"errors,omitempty" yaml:"errors"`
	// Failures says what happens to an operation that the service answered 5xx: "replayed" (a repeat
	// gets that answer again), "executed" (a repeat executes, whatever was done before) or "refused"
	// (a repeat gets a status of Failed, for good). Absent means that a repeat gets anything, and that
	// the operation executes once at most.
	Failures string `json:"failures,omitempty" yaml:"failures"`
	Failed   []int  `json:"failed,omitempty" yaml:"failed"`
	// ReplayMarker is the header that replays, and only they, carry.
	ReplayMarker *ReplayMarker `json:"marker,omitempty" yaml:"marker"`
	// Retention is how long a key is remembered (zero: not declared); AfterRetention is what a repeat
	// gets afterwards: "executed" or "refused" (with a status of Expired).
	Retention      value.Duration `json:"retention,omitempty" yaml:"retention"`
	AfterRetention string         `json:"after_retention,omitempty" yaml:"after_retention"`
	Expired        []int          `json:"expired,omitempty" yaml:"expired"`
	// Recovery is the longest a key may stay refused or silent after everything healed. Zero means
	// 2s.
	Recovery value.Duration `json:"recovery,omitempty" yaml:"recovery"`
	// Settle is how long effects may take to appear in the ledgers. Zero means at once.
	Settle value.Duration `json:"settle,omitempty" yaml:"settle"`
}

// ReplayMarker is a header and the value that says "this is a replay" (empty: any value).
type ReplayMarker struct {
	// Header is the name of the header, Value what it says; an empty Value means any.
	Header string `json:"header" yaml:"header"`
	Value  string `json:"value,omitempty" yaml:"value"`
}

// ResourceType says how to make a fresh resource and how to read its state.
type ResourceType struct {
	// Needs are other resources it is made from: name in templates to type.
	Needs map[string]string `json:"needs,omitempty" yaml:"needs"`
	// Shared reports whether all tenants see one resource by its name: then {unique} differs between
	// them. Absent means that a run finds out, and has it the same for all where it may be.
	Shared *bool `json:"shared,omitempty" yaml:"shared"`
	// Create is sent once for every fresh resource; {unique} is a name nobody used before.
	Create Message `json:"create" yaml:"create"`
	// ID is the field of the answer that identifies it.
	ID string `json:"id,omitempty" yaml:"id"`
	// IDFrom is where else in the answer it stands; in a file that may stand under id too.
	IDFrom *exchange.Spot `json:"id_from,omitempty" yaml:"id_from"`
	// Read shows its state, or ReadFrom where else it stands: then there is one item, in whose place
	// no other is. State names the variables and the fields of what is read.
	Read     *Message            `json:"read,omitempty" yaml:"read"`
	ReadFrom *source.Origin      `json:"read_from,omitempty" yaml:"read_from"`
	State    map[string]Variable `json:"state,omitempty" yaml:"state"`
}

// Readable reports whether its state can be read.
func (t ResourceType) Readable() bool { return t.Read != nil || t.ReadFrom != nil }

// Variable is one value of a resource's state.
type Variable struct {
	// Field is where the answer of Read holds it.
	Field string `json:"field" yaml:"field"`
	// Initial is its value after creation; absent means: read it before the first operation.
	Initial any `json:"initial,omitempty" yaml:"initial"`
}

// Message is one HTTP message that is sent without faults.
type Message = exchange.PlainMessage

// OperationType is an operation that callers want done once.
type OperationType struct {
	// Method is POST unless it is said. Path follows the target's URL. Body is sent as JSON.
	Method string `json:"method,omitempty" yaml:"method"`
	Path   string `json:"path" yaml:"path"`
	Body   any    `json:"body,omitempty" yaml:"body"`
	// Form, Text, Multipart and Query are as those of a message that makes a resource.
	Form      map[string]any `json:"form,omitempty" yaml:"form"`
	Text      string         `json:"text,omitempty" yaml:"text"`
	Multipart map[string]any `json:"multipart,omitempty" yaml:"multipart"`
	Query     map[string]any `json:"query,omitempty" yaml:"query"`
	// Headers are sent with it besides the target's and the tenant's. They may hold {key} and
	// {attempt}: what tells two operations apart belongs into path, query or body.
	Headers map[string]string `json:"headers,omitempty" yaml:"headers"`
	// Label says what sending it again does: "idempotent" (nothing more; left out, it is that),
	// "potentially" (nothing more as a rule: a second execution that a ledger shows is reported as the
	// declared risk, which does not make a run invalid) or "not" (it executes again: then it is sent
	// once, whatever becomes of that, and reports count what a retry would have done).
	Label string `json:"label,omitempty" yaml:"label"`
	// Args are drawn for every operation.
	Args map[string]Arg `json:"args,omitempty" yaml:"args"`
	// Before is sent once for every operation, one step after the other and without faults, before
	// anything is judged. All attempts of the operation use what the steps captured.
	Before []exchange.SetupStep `json:"before,omitempty" yaml:"before"`
	// OK are the answers that mean "done", Refused those that mean "not done, and never will be".
	OK      []int `json:"ok" yaml:"ok"`
	Refused []int `json:"refused,omitempty" yaml:"refused"`
	// Async says how it is done where an answer says no more than that it was accepted; then OK are
	// the answers, if any, that say more. Of two such answers to one operation each is compared with
	// those that say as much, as Promises.Replay says; it may have ended in between. Absent means that
	// what is acknowledged is done.
	Async *follow.Async `json:"async,omitempty" yaml:"async"`
	// FailsWhen lists arguments for which the service fails by itself. Such an operation may have
	// executed or not, and once at most unless Promises.Failures says otherwise.
	FailsWhen []Failure `json:"fails_when,omitempty" yaml:"fails_when"`
	// Answer says what an ok answer holds.
	Answer AnswerType `json:"answer" yaml:"answer"`
	// When is an expression that must be true for it to execute, Then the new values of state
	// variables ("account.balance": "account.balance - amount").
	When string            `json:"when,omitempty" yaml:"when"`
	Then map[string]string `json:"then,omitempty" yaml:"then"`
	// Effects are what one execution adds to the ledgers.
	Effects []EffectType `json:"effects,omitempty" yaml:"effects"`
}

// Arg is the range of one argument.
type Arg = argument.Domain

// Failure is one way in which a service fails by itself.
type Failure struct {
	// Args are the arguments that make it fail; they may lie outside of what is drawn otherwise, as
	// all other arguments are. Answers are the statuses that it gives then.
	Args    map[string]any `json:"args" yaml:"args"`
	Answers []int          `json:"answers" yaml:"answers"`
}

// AnswerType says which parts of an ok answer mean something.
type AnswerType struct {
	// Identity is the field that names what was made; it is compared across operations.
	Identity string `json:"identity,omitempty" yaml:"identity"`
	// IdentityFrom is where else it stands; in a file that may stand under identity too.
	IdentityFrom *exchange.Spot `json:"identity_from,omitempty" yaml:"identity_from"`
	// Lookup is a path with {identity} that answers 2xx while the thing exists.
	Lookup string `json:"lookup,omitempty" yaml:"lookup"`
	// Fields are expressions over arguments and the state after the operation, by answer field.
	Fields map[string]string `json:"fields,omitempty" yaml:"fields"`
}

// Leaves reports whether one execution of an operation of the type leaves an effect of this kind.
func (t OperationType) Leaves(e *Effect) bool {
	return slices.ContainsFunc(t.Effects, func(d EffectType) bool {
		return d.Ledger == e.Ledger && d.Kind == e.Kind
	})
}

// EffectType is one declared effect.
type EffectType struct {
	// Ledger is the name of the ledger that lists it.
	Ledger string `json:"ledger" yaml:"ledger"`
	// Kind is the value of the ledger's kind field.
	Kind string `json:"kind,omitempty" yaml:"kind"`
	// Resource is the argument (or "argument.need") whose ledger shows it.
	Resource string `json:"resource,omitempty" yaml:"resource"`
	// Fields are expressions over the arguments, by field of the ledger item.
	Fields map[string]string `json:"fields,omitempty" yaml:"fields"`
	// Notification marks effects that tell somebody something.
	Notification bool `json:"notification,omitempty" yaml:"notification"`
}

// Content is what an operation of the type says besides its method and path.
func (t OperationType) Content() exchange.Content {
	return exchange.Content{
		Body: t.Body, Form: t.Form, Text: t.Text, Multipart: t.Multipart, Query: t.Query,
		Headers: t.Headers,
	}
}

// Reads reports whether every type of resource that has a variable of this name can be read.
func (c *Contract) Reads(variable string) bool {
	known := false
	for _, t := range c.Resources {
		if _, has := t.State[variable]; has && !t.Readable() {
			return false
		} else if has {
			known = true
		}
	}
	return known
}

// SendsKey reports whether requests of a type carry the idempotency key: in its header, or where
// the path or the body names it.
func (c *Contract) SendsKey(typ string) bool {
	t := c.Operations[typ]
	return c.Key.Header != "" ||
		strings.Contains(fmt.Sprint(t.Path, t.Body, t.Form, t.Text, t.Multipart, t.Query), "{key}")
}

// KeyRequired reports whether operations without a key are refused.
func (c *Contract) KeyRequired() bool { return c.Key.Required != nil && *c.Key.Required }

// Serial reports whether cases must run one after another at one service: a ledger that belongs to
// no resource only counts effects.
func (c *Contract) Serial() bool {
	for _, l := range c.Ledgers {
		if l.Nameless() && l.Per == "" {
			return true
		}
	}
	return false
}

// Scoped reports whether keys are private to a tenant, or to a route.
func (c *Contract) Scoped(by string) bool { return slices.Contains(c.Key.Scope, by) }

// Recovery is the longest a key may stay refused or silent after healing.
func (c *Contract) Recovery() time.Duration {
	if c.Promises.Recovery == 0 {
		return 2 * time.Second
	}
	return c.Promises.Recovery.Std()
}
