// Package named puts the names of a run, a case and an attempt into the headers of what is sent, so
// that a team can find what a run did, and delete it.
package named

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// The headers of what a run sends. They are no part of a plan.
const (
	runHeader     = "X-Idemcheck-Run"
	caseHeader    = "X-Idemcheck-Case"
	attemptHeader = "X-Idemcheck-Attempt"
	// traceHeader is W3C's; its value here says that the trace is kept: services drop what their
	// callers do not keep.
	traceHeader = "Traceparent"
)

// Names are those of one run of a case. The zero value names nothing.
type Names struct {
	// Run is the name of the run, Case that of the case in it, and Nonce what no other run of the case
	// has.
	Run, Case, Nonce string
	// taken are the headers, in lower case, that somebody else sets.
	taken map[string]bool
}

// New names a case. Headers that are set already keep what they say.
func New(run, name, nonce string, set ...map[string]string) Names {
	out := Names{Run: run, Case: name, Nonce: nonce, taken: map[string]bool{}}
	for _, headers := range set {
		for header := range headers {
			out.taken[strings.ToLower(header)] = true
		}
	}
	return out
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
	trace := sha256.Sum256([]byte(n.Nonce + "/" + operation))
	span := sha256.Sum256(fmt.Appendf(nil, "%s/%s/%d", n.Nonce, operation, number))
	return [][2]string{
		{traceHeader, fmt.Sprintf("00-%x-%x-01", trace[:16], span[:8])},
		{runHeader, n.Run},
		{caseHeader, n.Case},
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
	for name, value := range map[string]string{runHeader: t.names.Run, caseHeader: t.names.Case} {
		if out.Header.Get(name) == "" {
			out.Header.Set(name, value)
		}
	}
	return t.by.RoundTrip(out)
}
