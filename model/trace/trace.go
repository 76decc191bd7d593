// Package trace names the traces and spans by which tracing systems show operations and attempts,
// as W3C's Trace Context writes them. It is pure: the same names are made of the same words.
package trace

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
)

// Header is the header that tells a service to which trace and to which span what it does belongs.
const Header = "Traceparent"

// ID is the name of an operation's trace, 32 hexadecimal digits, made of what tells the operation
// from all others.
func ID(words ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(words, "/")))
	return hex.EncodeToString(sum[:16])
}

// Span is the name of the span of an attempt, from 1, in a trace: 16 hexadecimal digits.
func Span(id string, attempt int) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s/%d", id, attempt))
	return hex.EncodeToString(sum[:8])
}

// Parent is the value of [Header] for an attempt. It says that the trace is kept (flags 01):
// services drop what their callers do not keep.
func Parent(id string, attempt int) string {
	return fmt.Sprintf("00-%s-%s-01", id, Span(id, attempt))
}
