package model

import (
	"maps"
	"slices"
	"sort"
	"time"

	"github.com/idemcheck/idemcheck/model/fault"
)

// HistorySchema is the version of the history file this package reads and writes.
const HistorySchema = "idemcheck/history/v1"

// History is what was seen of one case, in the order in which it was seen.
type History struct {
	// Case, Scenario and Seed say which planned case it was; Run counts its repetitions.
	Case     int    `json:"case"`
	Scenario string `json:"scenario,omitempty"`
	Seed     uint64 `json:"seed,omitempty"`
	Run      int    `json:"run,omitempty"`
	// Doubt says why nobody can rely on when things happened: the machine or the service was late, or
	// other cases ran beside this one. Empty where nothing hindered it, as in virtual time.
	Doubt string `json:"doubt,omitempty"`
	// Begun is when the case began, in UTC and whole microseconds; zero in virtual time.
	Begun time.Time `json:"begun,omitzero"`
	// Operations are the operations as they were really sent.
	Operations []Operation `json:"operations"`
	// Initial is the state of every resource before the first operation, by "resource.variable".
	Initial State   `json:"initial,omitempty"`
	Events  []Event `json:"-"`
}

// Operation is one operation as it was bound to a target: real key, real payload.
type Operation struct {
	ID     string `json:"id"`
	Client int    `json:"client"`
	Type   string `json:"type"`
	Tenant string `json:"tenant,omitempty"`
	// Key is the value of the idempotency key; KeyStyle its planned shape.
	Key      string   `json:"key,omitempty"`
	KeyStyle KeyStyle `json:"key_style"`
	Method   string   `json:"method"`
	// Route is the path's template in the contract, Path the path that was sent. In Path and Body
	// stands {attempt} where each attempt has a text of its own: the payload is the same without it.
	Route string `json:"route"`
	Path  string `json:"path"`
	Body  string `json:"body,omitempty"`
	// CorrelationID is the unique text inside the payload, by which an effect is found again.
	CorrelationID string `json:"mark,omitempty"`
	// Trace is what the service was told of ours in the header Traceparent; "" for nothing.
	Trace string `json:"trace,omitempty"`
	// Args are the arguments as the model sees them; resources are "tenant/name".
	Args map[string]any `json:"args,omitempty"`
	// Resources are the resources it touches, "tenant/name": operations without a common one are
	// judged apart.
	Resources []string `json:"resources,omitempty"`
	// Effects are what one execution leaves behind.
	Effects []Effect `json:"effects,omitempty"`
	// Attempts is how many attempts were planned.
	Attempts int `json:"attempts"`
}

// Effect is something that changed, as a ledger shows it or as an operation declares it.
type Effect struct {
	// Ledger and Kind say where and what.
	Ledger string `json:"ledger"`
	Kind   string `json:"kind,omitempty"`
	// Resource is the resource whose ledger it was, "tenant/name".
	Resource string `json:"resource,omitempty"`
	// Key and CorrelationID are what the ledger says about the identity of its operation ("" unknown).
	Key           string `json:"key,omitempty"`
	CorrelationID string `json:"mark,omitempty"`
	// Fields are further declared fields, compared with the declaring operation's.
	Fields map[string]any `json:"fields,omitempty"`
	// ID is the ledger's own name for the item.
	ID string `json:"id,omitempty"`
	// Notification marks effects that tell somebody something: a replay must not repeat them.
	Notification bool `json:"notification,omitempty"`
}

// EventKind says what was seen.
type EventKind string

// The kinds of events.
const (
	// Invoke: a client began an attempt.
	Invoke EventKind = "invoke"
	// Return: the client's view of the end of an attempt (an answer, or Err).
	Return EventKind = "return"
	// Sent: the service was handed a request (Complete: all of it), as the wire saw it.
	Sent EventKind = "sent"
	// Answered: the service answered on the wire, whether or not the client still listened.
	// Without an Answer it ended the connection instead ("closed"), the connection was ended under it
	// ([Cut]), or what it said is no answer.
	Answered EventKind = "answered"
	// FaultReported: a planned fault fired (or not, see Fired).
	FaultReported EventKind = "fault"
	// Raced: copies were released together; Overlap is the longest time that two were at work at
	// once.
	Raced EventKind = "race"
	// Healed: from here on no fault is active.
	Healed EventKind = "heal"
	// ClockMoved: the target's clock moved by Span; with the Name "records" its records of keys aged.
	ClockMoved EventKind = "clock"
	// Listed: a ledger showed an effect.
	Listed EventKind = "effect"
	// Observed: a state variable had a value at the end.
	Observed EventKind = "state"
	// Polled: what came of an operation that was accepted, Value is one of [PollDone], [PollRefused]
	// and [PollPending]. Name is where that was read, Answer what stood there.
	Polled EventKind = "polled"
	// LookedUp: whether what an answer names exists afterwards (Exists).
	LookedUp EventKind = "lookup"
	// SignedIn: a tenant (Name, "tenant/") was told to log in again to the end, and whether a reading
	// was let in (Exists) with the session that it then had; Err says why not.
	SignedIn EventKind = "session"
	// Unreadable: a ledger, a state or a lookup could not be read; Err says why.
	Unreadable EventKind = "unreadable"
)

// What is known of an operation that was accepted.
const (
	PollDone    = "done"
	PollRefused = "refused"
	PollPending = "pending"
)

// Cut is the Err of an [Answered] event when the path was cut under the service: whether it still
// works on the request cannot be seen.
const Cut = "cut"

// Event is one thing that was seen. Only the fields of its kind are set.
type Event struct {
	// At is the time since the beginning of the case.
	At        time.Duration `json:"at"`
	Kind      EventKind     `json:"kind"`
	Operation string        `json:"op,omitempty"`
	Attempt   int           `json:"attempt,omitempty"`
	// Hit counts the requests that one attempt caused at the service, from 1: a second hit is a
	// hidden duplicate.
	Hit int `json:"hit,omitempty"`
	// Final marks attempts made after everything healed.
	Final bool `json:"final,omitempty"`
	// Replica is where an attempt went that was invoked (see [PlannedAttempt]).
	Replica int `json:"replica,omitempty"`
	// Stranger marks an attempt that was invoked with wrong credentials.
	Stranger bool `json:"stranger,omitempty"`
	// Answer is set for an answer that was read completely.
	Answer *Answer `json:"answer,omitempty"`
	// Err is the client's error in one word or two: "timeout", "refused", "reset", "eof",
	// "broken answer", or why something could not be read.
	Err string `json:"err,omitempty"`
	// Complete reports whether the whole request reached the service, and Bytes how much did.
	Complete bool `json:"complete,omitempty"`
	Bytes    int  `json:"bytes,omitempty"`
	// Fault and Fired say which fault, and Detail what was seen of it.
	Fault   *fault.Fault  `json:"fault,omitempty"`
	Fired   bool          `json:"fired,omitempty"`
	Detail  string        `json:"detail,omitempty"`
	Copies  int           `json:"copies,omitempty"`
	Overlap time.Duration `json:"overlap,omitempty"`
	Span    time.Duration `json:"span,omitempty"`
	Effect  *Effect       `json:"effect,omitempty"`
	// Name and Value are a state variable, "tenant/resource.variable"; of a lookup, Value is the
	// identity.
	Name   string `json:"name,omitempty"`
	Value  any    `json:"value,omitempty"`
	Exists bool   `json:"exists,omitempty"`
}

// Answer is an HTTP answer, as far as the rules look at it.
type Answer struct {
	Status int    `json:"status"`
	Body   string `json:"body,omitempty"`
	// ReplayMarker reports whether the contract's replay marker header was present.
	ReplayMarker bool `json:"marker,omitempty"`
	// Excerpt is nil when Body is the whole body.
	Excerpt *Excerpt `json:"excerpt,omitempty"`
	// Headers are the headers that the contract compares, and Retry-After.
	Headers map[string]string `json:"headers,omitempty"`
}

// State maps "tenant/resource.variable" to a value. Functions never change the State they are
// given.
type State map[string]any

// Operation returns an operation by its ID, or nil. It points into the history.
func (h *History) Operation(id string) *Operation {
	for i := range h.Operations {
		if h.Operations[i].ID == id {
			return &h.Operations[i]
		}
	}
	return nil
}

// SortEvents orders events by time, keeping the order of those that have the same. Only what became
// of faults comes first in its instant: in virtual time nothing but the scheduler chooses whether
// the network or the client ends first, and no rule depends on it.
func SortEvents(events []Event) {
	sort.SliceStable(events, func(i, j int) bool {
		a, b := &events[i], &events[j]
		if a.At != b.At {
			return a.At < b.At
		}
		return a.Kind == FaultReported && b.Kind != FaultReported
	})
}

// Names lists the variables of a state in order.
func (s State) Names() []string { return slices.Sorted(maps.Keys(s)) }

// Spec is the sequential specification of a contract: what one execution of an operation does to
// the state and what it answers. Implementations are pure and never change the State they are
// given.
type Spec interface {
	// Apply executes op once. It returns the state afterwards and the answer fields that are promised
	// ("" fields are free); ok is false when op cannot execute in this state.
	Apply(state State, op *Operation) (next State, answer map[string]any, ok bool)
}
