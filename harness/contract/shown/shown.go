// Package shown has the words for what somebody shows of a service: requests that were sent or
// could be, each perhaps with its answer. Readers of curl lines and of HAR files give them, and
// package guess makes the draft of a contract of them.
package shown

import (
	"net/http"
	"strings"
)

// Call is one request and, when it is known, its answer.
type Call struct {
	Method, URL string
	// Headers are in the order in which they were shown.
	Headers []Pair
	// Body is what is sent, as text. Parts are those of a multipart form, which has no Body.
	Body  string
	Parts []Pair
	// Reply is the answer; nil when nobody knows it. Outcome is what was read later of something that
	// was accepted first; nil when nobody did.
	Reply, Outcome *Returned
	// Notes say which parts of the request a contract cannot express, a sentence each.
	Notes []string
	// Way is how it reaches the service, besides its URL.
	Way Way
	// Facts are what a description of the service says about it; nil where there is none.
	Facts *Facts
}

// DatabaseQuery is a query that shows what operations did.
type DatabaseQuery struct {
	// Select is the statement, and DSN where its database is.
	Select, DSN string
	// Numbered tells that the database writes parameters as $1 and not as ?.
	Numbered bool
}

// Way is how a request reaches its service.
type Way struct {
	// Socket is the path of a Unix socket; "" without one.
	Socket string
	// CA, Cert and Key are files: who may sign the service's certificate, and a client's certificate
	// with its private key.
	CA, Cert, Key string
	// Insecure accepts any certificate of the service.
	Insecure bool
	// HTTP2 asks for HTTP/2; Prior speaks it without asking the service first.
	HTTP2, Prior bool
	// Unfollowed are flags, and files, that say more and are followed by nobody.
	Unfollowed []string
}

// Facts are what a description of a service says about one of its requests.
type Facts struct {
	// Name is what the description calls it.
	Name string
	// Key is the header, or the field of the body, of the idempotency key; "" leaves it to be found by
	// its name.
	Key string
	// Statuses are the answers that it may get.
	Statuses []int
	// Fields are by their path in the body.
	Fields map[string]Fact
	// Unknown says what had to be made up, a sentence each.
	Unknown []string
}

// Fact is what is known of a field of a body.
type Fact struct {
	// Min and Max bound a whole number, or OneOf lists what it may be.
	Min, Max *int64
	OneOf    []int64
	// Bound: its text must have a special form, such as a date, which no correlation ID has.
	Bound bool
	// Another: it has the value of an earlier field, and names a different thing.
	Another bool
	// Unknown says why its value had to be made up; "" when it is known.
	Unknown string
}

// Fact returns what is known of the field at a path; the zero value when nothing is.
func (e *Call) Fact(path string) Fact {
	if e.Facts == nil {
		return Fact{}
	}
	return e.Facts.Fields[path]
}

// Pair is a name and its value: a header, or a part of a form.
type Pair struct{ Name, Value string }

// Returned is an answer: its status, its body as text, and its headers, where they are known.
type Returned struct {
	Status int
	Body   string
	Head   http.Header
}

// Location is where an answer leads; "" when nobody knows, or it leads nowhere.
func (r *Returned) Location() string {
	if r == nil {
		return ""
	}
	return r.Head.Get("Location")
}

// Header returns the value of a header, or "". Case does not matter.
func (e *Call) Header(name string) string {
	for _, h := range e.Headers {
		if strings.EqualFold(h.Name, name) {
			return h.Value
		}
	}
	return ""
}

// Set gives a header a value, whether it was there or not.
func (e *Call) Set(name, value string) {
	for i := range e.Headers {
		if strings.EqualFold(e.Headers[i].Name, name) {
			e.Headers[i].Value = value
			return
		}
	}
	e.Headers = append(e.Headers, Pair{name, value})
}

// OK reports whether the answer is known and says that the request succeeded: a form is often
// answered by the place where its result is shown.
func (e *Call) OK() bool {
	return e.Reply != nil && (e.Reply.Status/100 == 2 ||
		e.Reply.Status == http.StatusSeeOther && e.Reply.Location() != "")
}
