// Package words says attempts, faults, answers and counts in the words that all forms of a report
// share.
package words

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/idemcheck/idemcheck/internal/lists"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/fault"
	"github.com/idemcheck/idemcheck/model/verdict/tally"
)

// Label names an attempt, "a.1".
func Label(operation string, attempt int) string {
	return fmt.Sprintf("%s.%d", operation, attempt)
}

// Clock says whose time a [model.ClockMoved] moved.
func Clock(e model.Event) string {
	if e.Name != "" {
		return fmt.Sprintf("%s made older by %s", e.Name, e.Span)
	}
	return fmt.Sprintf("clock moved by %s", e.Span)
}

// FaultLabel names the attempts that a fault is addressed to, "a.1" or "a.1–a.4".
func FaultLabel(f fault.Fault) string {
	first := Label(f.Operation, f.Attempt)
	if f.Copies < 2 {
		return first
	}
	return first + "–" + Label(f.Operation, f.Attempt+f.Copies-1)
}

// FaultText says which fault and with what parameters, "request-cut (body, at 500‰)".
func FaultText(f fault.Fault) string {
	text := string(f.Kind)
	if f.Copies > 1 {
		text += fmt.Sprintf(" ×%d", f.Copies)
	}
	if p := faultParameters(f); len(p) > 0 {
		text += " (" + strings.Join(p, ", ") + ")"
	}
	return text
}

func faultParameters(f fault.Fault) []string {
	var out []string
	add := func(when bool, format string, args ...any) {
		if when {
			out = append(out, fmt.Sprintf(format, args...))
		}
	}
	add(f.Link != "" && f.Link != fault.ClientService, "on %s", f.Link)
	add(f.Mode != "", "%s", f.Mode)
	add(f.Phase != "", "%s, %d/1000 through", f.Phase, f.PerMille)
	share := f.Phase == "" && f.Span == 0 && f.PerMille > 0
	add(share, "at %d/1000 of the time the service works", f.PerMille)
	add(f.Span > 0, "%s", f.Span)
	add(f.Point == fault.Answered, "as it answers")
	add(f.Hold > 0, "for %s", f.Hold)
	add(f.BytesPerSecond > 0, "%d bytes/s", f.BytesPerSecond)
	add(f.SliceBytes > 0, "slices of %d bytes", f.SliceBytes)
	add(f.Status > 0, "%d", f.Status)
	add(f.RetryAfter != "", "Retry-After %s", f.RetryAfter)
	return out
}

// BodyLength is how much of an answer's body a report shows.
const BodyLength = 120

// AnswerText shows an answer: status, what is special about it, and its body.
func AnswerText(a *model.Answer) string {
	text := fmt.Sprint(a.Status)
	if a.ReplayMarker {
		text += " [replay marker]"
	}
	if after := a.Headers["Retry-After"]; after != "" {
		text += " [Retry-After " + after + "]"
	}
	return strings.TrimSpace(text + " " + Shorten(Clean(strings.TrimSpace(a.Body)), BodyLength))
}

// Times says how often, such as "twice".
func Times(n int) string {
	switch n {
	case 1:
		return "once"
	case 2:
		return "twice"
	}
	return fmt.Sprintf("%d times", n)
}

// Round keeps durations readable: three digits at most behind the point.
func Round(d time.Duration) time.Duration {
	if d >= time.Second {
		return d.Round(time.Millisecond)
	}
	return d.Round(time.Microsecond)
}

// Numbers lists the first numbers, each once and in order, and counts the rest.
func Numbers(ns []int, maxCount int) string {
	ns = slices.Compact(slices.Sorted(slices.Values(ns)))
	out := strings.Join(lists.Map(ns[:min(len(ns), maxCount)], strconv.Itoa), ", ")
	if more := len(ns) - maxCount; more > 0 {
		out += fmt.Sprintf(" and %d more", more)
	}
	return out
}

// Kinds returns the kinds of a tally in the order of the catalogue, unknown ones behind.
func Kinds(byKind map[fault.Kind]tally.KindCount) []fault.Kind {
	all := lists.Map(fault.Kinds(), func(info fault.Info) fault.Kind { return info.Kind })
	all = append(all, slices.Sorted(maps.Keys(byKind))...) // those of a later version stand last
	return lists.Distinct(lists.Where(all, func(kind fault.Kind) bool {
		_, counted := byKind[kind]
		return counted
	}))
}
