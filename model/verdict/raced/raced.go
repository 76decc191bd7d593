// Package raced holds what copies of one request did that were sent to a service at once: how they
// overlapped, what they were answered, what was counted before and after, and what of it is beyond
// doubt. It is pure data.
package raced

import (
	"github.com/idemcheck/idemcheck/model/value"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// Schema is the version of the document that this package describes.
const Schema = "idemcheck/race/v1"

// Race is everything that is known of a race. No secret is in it.
type Race struct {
	Schema string `json:"schema"`
	// Verdict is invalid when one operation was done more than once, valid when it was counted and
	// done once by copies that met, and else unknown. Conclude fills in it and the next three.
	Verdict verdict.Result `json:"verdict"`
	// Summary says all of it in a sentence.
	Summary string `json:"summary"`
	// Reasons say why it is unknown, each with what would change that.
	Reasons []string `json:"reasons,omitempty"`
	// Next says what to do next.
	Next []string `json:"next,omitempty"`
	// Notes say what of the curl lines was not done as curl would.
	Notes    []string  `json:"notes,omitempty"`
	Sent     Shot      `json:"sent"`
	Counting *Counting `json:"counting,omitempty"`
	Rounds   []Round   `json:"rounds"`
}

// Shot is what every copy sent.
type Shot struct {
	// Copies is how many were sent in each round.
	Copies int    `json:"copies"`
	Method string `json:"method"`
	URL    string `json:"url"`
	// Protocol is "HTTP/1.1" or "HTTP/2".
	Protocol string `json:"protocol"`
	// Headers are lines, Body is its beginning.
	Headers []string `json:"headers,omitempty"`
	Body    string   `json:"body,omitempty"`
	// KeyAt is the header, or the field of the body, of the idempotency key; "" when there is none.
	KeyAt string `json:"key_at,omitempty"`
}

// Counting says how effects were counted.
type Counting struct {
	// What is counted, such as "GET http://127.0.0.1:8080/orders, list orders".
	What string `json:"what"`
	// Each is how many items one operation adds: 1 unless Declared.
	Each     int64 `json:"each"`
	Declared bool  `json:"declared,omitempty"`
}

// Round is one release of all copies.
type Round struct {
	// Verdict and Reasons are those of the round, filled in by [Race.Conclude].
	Verdict verdict.Result `json:"verdict"`
	Reasons []string       `json:"reasons,omitempty"`
	// Key is the idempotency key that all copies carried; "" without one.
	Key     string        `json:"key,omitempty"`
	Overlap Overlap       `json:"overlap"`
	Answers []AnswerGroup `json:"answers"`
	// Different is how many answers differ in more than times and the names of single requests.
	Different int `json:"different_answers"`
	// Succeeded is how many copies were answered 2xx or 3xx.
	Succeeded int `json:"succeeded"`
	// Named is how many different things such answers name in one place, NamedAt; zero when they
	// name nothing or all the same.
	Named   int    `json:"named,omitempty"`
	NamedAt string `json:"named_at,omitempty"`
	// Growth is what was counted; nil when nothing was.
	Growth *Growth `json:"effects,omitempty"`
}

// Overlap is how copies met, as the wire saw it: a copy is with the service from its last byte to
// the first byte of its answer.
type Overlap struct {
	// Arrived is how many copies reached the service whole.
	Arrived int `json:"arrived"`
	// AtOnce is how many were with the service at one moment, at most, and Met how many of those that
	// it did not turn away by their address, credentials or number (401, 403, 404, 429 and the like).
	AtOnce int `json:"at_once"`
	Met    int `json:"met"`
	// Release is the time from the first copy's last byte to that of the last copy, Together how long
	// two copies were with the service at once at least, and Whole the time to the last answer.
	Release  value.Duration `json:"release"`
	Together value.Duration `json:"together"`
	Whole    value.Duration `json:"whole"`
	// Load is how many were with the service in equal parts of Whole.
	Load []int `json:"load,omitempty"`
	// Broken says why the copies were not released together; "" when they were.
	Broken string `json:"broken,omitempty"`
	// Open is how many copies may still have been at work when their clients had given up.
	Open int `json:"open,omitempty"`
}

// AnswerGroup is copies with the same status and the same form of body.
type AnswerGroup struct {
	Count  int `json:"count"`
	Status int `json:"status,omitempty"`
	// Err says why there was no answer, in a word or two; then there is no status.
	Err string `json:"error,omitempty"`
	// Excerpt is the beginning of one body.
	Excerpt string `json:"excerpt,omitempty"`
	// Differs lists the fields in which the bodies differ.
	Differs []Difference `json:"differs,omitempty"`
}

// Difference is a field in which answers of one group differ.
type Difference struct {
	// Path is dotted; "" for a body that is no JSON.
	Path string `json:"path"`
	// Values counts the different ones, Examples are some of them.
	Values   int      `json:"values"`
	Examples []string `json:"examples,omitempty"`
	// Volatile: it is a time or the name of a single request, which may differ.
	Volatile bool `json:"volatile,omitempty"`
}

// Growth is what was counted before and after.
type Growth struct {
	Before int64 `json:"before"`
	After  int64 `json:"after"`
	// New is by how much it grew. Where items of a list are of several kinds, Kinds has each, and New
	// is that of the kind that grew most.
	New   int64            `json:"new"`
	Kinds map[string]int64 `json:"kinds,omitempty"`
	// Listed: items were counted, and not a number read. Only of items are the next three known.
	Listed bool `json:"listed"`
	// Proven is how many new items different answers name, each another one.
	Proven int `json:"proven,omitempty"`
	// Keyed is how many new items carry the key and differ in nothing but names and times.
	Keyed int `json:"keyed,omitempty"`
	// Alike is the most new items that differ in nothing but names and times.
	Alike int `json:"alike,omitempty"`
	// Paged: the list says that it has more pages, which were not read.
	Paged bool `json:"paged,omitempty"`
	// Noise says what shows that others change what is counted; "" when nothing does.
	Noise string `json:"noise,omitempty"`
	// Unread says why it could not be read afterwards; "" when it could.
	Unread string `json:"unread,omitempty"`
}
