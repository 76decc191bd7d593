// Package named puts the names of a run, a case and an attempt into the headers of what is sent, so
// that a team can find what a run did, and delete it.
package named

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/exchange"
	"github.com/idemcheck/idemcheck/model/trace"
)

// The headers of what a run sends. They are no part of a plan.
const (
	runHeader     = "X-Idemcheck-Run"
	caseHeader    = "X-Idemcheck-Case"
	attemptHeader = "X-Idemcheck-Attempt"
)

// Names are those of one run of a case. The zero value names nothing.
type Names struct {
	// Run is the name of the run, Seed that of its plan, Case the number of the case in it, and Nonce
	// what no other run of the case has; in virtual time all have the same, and nothing outlives them.
	Run   string
	Seed  uint64
	Case  int
	Nonce string
	// taken are the headers, in lower case, that somebody else sets.
	taken map[string]bool
}

// Under is n where a contract leaves it: headers that it sets itself keep what they say, and where
// it wants no headers of ours there are no names.
func (n Names) Under(c *model.Contract) Names {
	if on := c.Target.RunHeaders; on != nil && !*on {
		return Names{}
	}
	n.taken = map[string]bool{}
	n.take(c.Target.Headers, c.Session)
	for _, tenant := range c.Tenants {
		n.take(tenant.Headers, tenant.Session)
	}
	return n
}

// take leaves headers to whoever sets them, by himself or once he is logged in.
func (n Names) take(headers map[string]string, session *exchange.SignIn) {
	for name := range headers {
		n.taken[strings.ToLower(name)] = true
	}
	if session != nil {
		n.take(session.Headers, nil)
	}
}

// Trace is the name of an operation's trace, whose own headers are given; "" where no header of
// ours says it. No two operations have the same, also of two runs of one plan.
func (n Names) Trace(operation string, own map[string]string) string {
	if name := strings.ToLower(trace.Header); n.Run == "" || n.taken[name] || has(own, name) {
		return ""
	}
	return n.trace(operation)
}

// trace is the name of an operation's trace.
func (n Names) trace(operation string) string {
	return trace.ID(n.Run, fmt.Sprint(n.Seed), fmt.Sprint(n.Case), n.Nonce, operation)
}

// Attempt adds the headers of one attempt to the head of an operation: the names of run, case and
// attempt ("a.1"), and a trace of the operation with a span of the attempt's own, as instrumented
// clients send it. A service must not take a repeat for another operation because of them.
func (n Names) Attempt(head []byte, operation string, number int, own map[string]string) []byte {
	if n.Run == "" {
		return head
	}
	out := slices.Clip(head[:len(head)-len("\r\n")])
	for _, line := range n.lines(operation, number) {
		name := strings.ToLower(line[0])
		if !n.taken[name] && !has(own, name) {
			out = fmt.Appendf(out, "%s: %s\r\n", line[0], line[1])
		}
	}
	return append(out, "\r\n"...)
}

// lines are the headers of one attempt, by name and value.
func (n Names) lines(operation string, number int) [][2]string {
	return [][2]string{
		{trace.Header, trace.Parent(n.trace(operation), number)},
		{runHeader, n.Run},
		{caseHeader, fmt.Sprint(n.Case)},
		{attemptHeader, fmt.Sprintf("%s.%d", operation, number)},
	}
}

// has reports whether a header of a name in lower case is among some.
func has(headers map[string]string, name string) bool {
	return slices.ContainsFunc(slices.Collect(maps.Keys(headers)), func(other string) bool {
		return strings.EqualFold(other, name)
	})
}

// Plain sends what goes without faults by another transport, with the names of run and case.
func (n Names) Plain(by http.RoundTripper) http.RoundTripper {
	if n.Run == "" {
		return by
	}
	return transport{by, n}
}

// transport adds names to what has none.
type transport struct {
	by    http.RoundTripper
	names Names
}

// RoundTrip implements [http.RoundTripper].
func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	out := r.Clone(r.Context())
	for name, value := range map[string]string{
		runHeader: t.names.Run, caseHeader: fmt.Sprint(t.names.Case),
	} {
		if out.Header.Get(name) == "" {
			out.Header.Set(name, value)
		}
	}
	return t.by.RoundTrip(out)
}
