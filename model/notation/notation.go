// Package notation writes a history as one line per event, for people, and reads it back: tests of
// the judge are histories written by hand.
package notation

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/idemcheck/idemcheck/model"
)

// Format writes a history one line per event, the way failures print it. [Parse] reads it.
//
//	op a charge alpha key=k1 {"account":"alpha/A","amount":5}
//	does a charge alpha/A {"amount":5}
//	initial alpha/A.balance 100
//	1ms invoke a.1
//	2ms sent a.1
//	3ms answered a.1 201 Location=/charges/c1 {"id":"c1"}
//	4ms fault a.1 response-lost fired
//	9ms return a.1 timeout
//	10ms heal
//	11ms effect charge alpha/A key=k1 {"amount":5}
//	12ms state alpha/A.balance 95
func Format(h *model.History) string {
	var b strings.Builder
	for i := range h.Operations {
		formatOperation(&b, &h.Operations[i])
	}
	for _, name := range h.Initial.Names() {
		fmt.Fprintf(&b, "initial %s %s\n", name, jsonText(h.Initial[name]))
	}
	for i := range h.Events {
		e := &h.Events[i]
		fmt.Fprintf(&b, "%s %s\n", e.At.Round(time.Microsecond), strings.Join(eventWords(e), " "))
	}
	return b.String()
}

// formatOperation writes an operation and what it declares.
func formatOperation(b *strings.Builder, op *model.Operation) {
	tenant := op.Tenant
	if tenant == "" {
		tenant = "-"
	}
	words := []string{"op", op.ID, op.Type, tenant}
	if op.Client != 0 {
		words = append(words, fmt.Sprintf("client=%d", op.Client))
	}
	if op.KeyStyle != model.KeyPlain {
		words = append(words, "style="+string(op.KeyStyle))
	}
	words = appendNamed(words, "key", op.Key)
	words = appendNamed(words, "mark", op.CorrelationID)
	if len(op.Args) > 0 {
		words = append(words, jsonText(op.Args))
	}
	fmt.Fprintln(b, strings.Join(words, " "))
	for _, e := range op.Effects {
		e.Key, e.CorrelationID = "", ""
		fmt.Fprintf(b, "does %s %s\n", op.ID, strings.Join(effectWords(&e), " "))
	}
}

// appendNamed adds name=value unless the value is empty; a space in it would end it.
func appendNamed(words []string, name, value string) []string {
	if value == "" {
		return words
	}
	return append(words, name+"="+strings.ReplaceAll(value, " ", "_"))
}

// effectWords writes an effect.
func effectWords(e *model.Effect) []string {
	words := []string{e.Kind, e.Resource}
	if e.Notification {
		words = append(words, "notification")
	}
	words = appendNamed(words, "key", e.Key)
	words = appendNamed(words, "mark", e.CorrelationID)
	if len(e.Fields) > 0 {
		words = append(words, jsonText(e.Fields))
	}
	return words
}

// eventWords writes an event without its time.
func eventWords(e *model.Event) []string {
	words := []string{string(e.Kind)}
	if e.Operation != "" {
		words = append(words, address(e))
	}
	switch e.Kind {
	case model.Invoke:
		if e.Replica > 0 {
			words = append(words, fmt.Sprintf("replica=%d", e.Replica))
		}
		return appendIf(appendIf(words, e.Stranger, "stranger"), e.Final, "final")
	case model.Return, model.Answered:
		return append(words, endWords(e)...)
	case model.Sent:
		return appendIf(words, !e.Complete, "incomplete")
	case model.FaultReported:
		words = append(words, string(e.Fault.Kind))
		return append(appendNamed(words, "mode", string(e.Fault.Mode)), firedWords(e)...)
	case model.Raced:
		words = append(words, fmt.Sprintf("copies=%d", e.Copies))
		return append(words, firedWords(e)...)
	case model.ClockMoved:
		return append(words, e.Span.String())
	case model.Listed:
		return append(words, effectWords(e.Effect)...)
	case model.Observed:
		return append(words, e.Name, jsonText(e.Value))
	case model.Polled:
		return append(words, e.Name, jsonText(e.Value))
	case model.LookedUp:
		return append(words, fmt.Sprint(e.Exists))
	case model.SignedIn:
		return append(appendIf(append(words, e.Name), e.Exists, "let-in"), e.Err)
	case model.Unreadable:
		return append(words, e.Name, e.Err)
	}
	return words
}

// address is "a.1", or "a.1#2" for a second hit, or "a" without an attempt.
func address(e *model.Event) string {
	out := e.Operation
	if e.Attempt > 0 {
		out += fmt.Sprintf(".%d", e.Attempt)
	}
	if e.Hit > 1 {
		out += fmt.Sprintf("#%d", e.Hit)
	}
	return out
}

func appendIf(words []string, yes bool, word string) []string {
	if yes {
		return append(words, word)
	}
	return words
}

// endWords writes an answer or an error.
func endWords(e *model.Event) []string {
	if e.Answer == nil {
		return []string{strings.ReplaceAll(e.Err, " ", "-")}
	}
	words := []string{fmt.Sprint(e.Answer.Status)}
	words = appendIf(words, e.Answer.ReplayMarker, "marker")
	for _, name := range slices.Sorted(maps.Keys(e.Answer.Headers)) {
		words = appendNamed(words, name, e.Answer.Headers[name])
	}
	if e.Answer.Body != "" {
		words = append(words, compact(e.Answer.Body))
	}
	return words
}

// firedWords says whether something planned happened.
func firedWords(e *model.Event) []string {
	words := []string{"missed"}
	if e.Fired {
		words = []string{"fired"}
	}
	if e.Overlap > 0 {
		words = append(words, "overlap="+e.Overlap.Round(time.Microsecond).String())
	}
	return appendIf(words, e.Detail != "", "("+e.Detail+")")
}

// compact writes a JSON object or list without spaces or newlines, and any other body quoted: a
// bare number or word would read as part of the line.
func compact(body string) string {
	var v any
	dec := json.NewDecoder(strings.NewReader(body))
	dec.UseNumber()
	if !json.Valid([]byte(body)) || dec.Decode(&v) != nil {
		return jsonText(body)
	}
	switch v.(type) {
	case map[string]any, []any:
		return jsonText(v)
	}
	return jsonText(body)
}

// jsonText writes a value as JSON with sorted names.
func jsonText(v any) string {
	out, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprintf("%q", fmt.Sprint(v))
	}
	return string(out)
}
