package model

import (
	"github.com/idemcheck/idemcheck/model/follow"
	"github.com/idemcheck/idemcheck/model/source"
)

// Ledger lists effects.
type Ledger struct {
	// Path is read without faults; with Per it is read once for every resource of that type, as
	// {id}.
	Path string `json:"path,omitempty" yaml:"path"`
	Per  string `json:"per,omitempty" yaml:"per"`
	// From is where else its items stand; then there is no path. Absent means that the service itself
	// lists them.
	From *source.Origin `json:"from,omitempty" yaml:"from"`
	// Method is GET unless it is said. Body, Form, Text, Query and Headers are as those of a message
	// that makes a resource.
	Method  string            `json:"method,omitempty" yaml:"method"`
	Body    any               `json:"body,omitempty" yaml:"body"`
	Form    map[string]any    `json:"form,omitempty" yaml:"form"`
	Text    string            `json:"text,omitempty" yaml:"text"`
	Query   map[string]any    `json:"query,omitempty" yaml:"query"`
	Headers map[string]string `json:"headers,omitempty" yaml:"headers"`
	// Items is the field that holds the list ("" when the answer is the list).
	Items string `json:"items,omitempty" yaml:"items"`
	// Pages says how the list goes on where an answer holds a part of it; absent means that each holds
	// all.
	Pages *follow.Pages `json:"pages,omitempty" yaml:"pages"`
	// Key, CorrelationID, Kind and ID are the fields of an item that hold its operation's idempotency
	// key and unique text {mark}, the kind of effect and its own name. Key or CorrelationID is needed
	// unless items are Unnamed.
	Key           string `json:"key,omitempty" yaml:"key"`
	CorrelationID string `json:"mark,omitempty" yaml:"mark"`
	Kind          string `json:"kind,omitempty" yaml:"kind"`
	ID            string `json:"id,omitempty" yaml:"id"`
	// Unnamed says that no item tells which operation left it: then effects are counted only, per
	// resource or, without Per, while one case runs after the other and nobody else writes there.
	Unnamed bool `json:"unnamed,omitempty" yaml:"unnamed"`
	// Count is the field of an item that says for how many effects it stands, as a counter does; such
	// items are unnamed. Empty means that each is one.
	Count string `json:"count,omitempty" yaml:"count"`
}

// Nameless reports whether items do not say which operation left them.
func (l Ledger) Nameless() bool { return l.Unnamed || l.Count != "" }

// Message is the message that reads the ledger.
func (l Ledger) Message() Message {
	return Message{
		Method: l.Method, Path: l.Path, Body: l.Body, Form: l.Form, Text: l.Text, Query: l.Query,
		Headers: l.Headers,
	}
}
