package dialect

import (
	"fmt"
	"strings"

	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/value"
)

// Knob is a line of a contract that a dialect may fill in.
type Knob struct {
	// Line is its path, such as "promises.mismatch".
	Line string
	// Value is what stands there as YAML; "" where nothing is said.
	Value string
}

// Knobs lists every line that a dialect may fill in, with what is said there. A list that is there
// and empty says "none", and has the value [].
func Knobs(k model.Key, p model.Promises) []Knob {
	return []Knob{
		{"key.header", k.Header},
		{"key.quoted", yes(k.Quoted)},
		{"key.required", yes(k.Required)},
		{"key.max_length", number(k.MaxLength)},
		{"key.min_length", number(k.MinLength)},
		{"key.format", k.Format},
		{"key.pattern", k.Pattern},
		{"key.empty", k.Empty},
		{"key.scope", words(k.Scope)},
		{"promises.missing", statuses(p.Missing)},
		{"promises.malformed", statuses(p.Malformed)},
		{"promises.too_long", statuses(p.TooLong)},
		{"promises.mismatch", statuses(p.Mismatch)},
		{"promises.mismatch_answer", p.MismatchAnswer},
		{"promises.same_body", statuses(p.SameBody)},
		{"promises.in_flight", statuses(p.InFlight)},
		{"promises.done", statuses(p.Done)},
		{"promises.transient", statuses(p.Transient)},
		{"promises.replay", p.Replay},
		{"promises.replay_body", p.ReplayBody},
		{"promises.replay_ignore", words(p.ReplayIgnore)},
		{"promises.replay_headers", words(p.ReplayHeaders)},
		{"promises.replay_ignore_headers", words(p.ReplayIgnoreHeaders)},
		{"promises.errors", p.Errors},
		{"promises.failures", p.Failures},
		{"promises.failed", statuses(p.Failed)},
		{"promises.marker", marker(p.ReplayMarker)},
		{"promises.retention", duration(p.Retention)},
		{"promises.after_retention", p.AfterRetention},
		{"promises.expired", statuses(p.Expired)},
	}
}

// said returns what a line says; "" for nothing.
func said(knobs []Knob, line string) string {
	for _, k := range knobs {
		if k.Line == line {
			return k.Value
		}
	}
	return ""
}

func yes(b *bool) string {
	if b == nil {
		return ""
	}
	return fmt.Sprint(*b)
}

func number(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprint(n)
}

func statuses(list []int) string {
	if list == nil {
		return ""
	}
	return strings.ReplaceAll(fmt.Sprint(list), " ", ", ")
}

func words(list []string) string {
	if list == nil {
		return ""
	}
	return "[" + strings.Join(list, ", ") + "]"
}

func marker(m *model.ReplayMarker) string {
	if m == nil {
		return ""
	}
	return fmt.Sprintf("{header: %s, value: %q}", m.Header, m.Value)
}

func duration(d value.Duration) string {
	if d == 0 {
		return ""
	}
	return d.String()
}
