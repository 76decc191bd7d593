package notation

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/fault"
	"github.com/idemcheck/idemcheck/model/value"
)

// line is one line of the notation, cut into words, name=value pairs and JSON at its end.
type line struct {
	words []string
	named map[string]string
	json  string
}

// cutLine splits a line. JSON begins at the first word that starts with "{", "[" or a quote.
func cutLine(s string) line {
	l := line{named: map[string]string{}}
	for s = strings.TrimSpace(s); s != ""; s = strings.TrimSpace(s) {
		if strings.ContainsRune(`{["(`, rune(s[0])) {
			l.json = s
			break
		}
		word, rest, _ := strings.Cut(s, " ")
		if name, value, ok := strings.Cut(word, "="); ok {
			l.named[name] = value
		} else {
			l.words = append(l.words, word)
		}
		s = rest
	}
	return l
}

// word returns the i-th word, or "".
func (l line) word(i int) string {
	if i < len(l.words) {
		return l.words[i]
	}
	return ""
}

// has reports whether a word stands anywhere.
func (l line) has(word string) bool {
	return slices.Contains(l.words, word)
}

// object decodes the JSON at the end of the line.
func (l line) object() (map[string]any, error) {
	if l.json == "" {
		return nil, nil
	}
	m := map[string]any{}
	if err := json.Unmarshal([]byte(l.json), &m); err != nil {
		return nil, err
	}
	for k, v := range m {
		m[k] = value.Normal(v)
	}
	return m, nil
}

// Parse reads the notation of [Format]. Times may be left out: each event then comes 1 ms
// after the one before. Empty lines and lines that begin with # are skipped. The error names the
// line.
func Parse(text string) (*model.History, error) {
	h := &model.History{Initial: model.State{}}
	for i, raw := range strings.Split(text, "\n") {
		raw = strings.TrimSpace(raw)
		if raw == "" || raw[0] == '#' {
			continue
		}
		if err := parseLine(h, cutLine(raw)); err != nil {
			return nil, fmt.Errorf("reading line %d of a history (%s): %w", i+1, raw, err)
		}
	}
	return h, nil
}

func parseLine(h *model.History, l line) error {
	switch l.word(0) {
	case "op":
		return parseOperation(h, l)
	case "does":
		return parseDeclared(h, l)
	case "initial":
		value, err := parseValue(l, 2)
		h.Initial[l.word(1)] = value
		return err
	}
	e, err := parseEvent(eventTime(h, &l), l)
	h.Events = append(h.Events, e)
	return err
}

// eventTime takes the time from the beginning of a line, or makes one up.
func eventTime(h *model.History, l *line) time.Duration {
	if at, err := time.ParseDuration(l.word(0)); err == nil {
		l.words = l.words[1:]
		return at
	}
	if len(h.Events) == 0 {
		return time.Millisecond
	}
	return h.Events[len(h.Events)-1].At + time.Millisecond
}

func parseOperation(h *model.History, l line) error {
	args, err := l.object()
	op := model.Operation{
		ID: l.word(1), Type: l.word(2), Tenant: l.word(3), KeyStyle: model.KeyPlain,
		Key: l.named["key"], CorrelationID: l.named["mark"], Args: args, Body: l.json,
		Method: "POST", Route: "/" + l.word(2), Path: "/" + l.word(2),
	}
	op.Client, _ = strconv.Atoi(l.named["client"])
	if style := l.named["style"]; style != "" {
		op.KeyStyle = model.KeyStyle(style)
	}
	if op.Tenant == "-" {
		op.Tenant = ""
	}
	for _, name := range model.State(args).Names() {
		if s, ok := args[name].(string); ok && strings.Contains(s, "/") {
			op.Resources = append(op.Resources, s)
		}
	}
	h.Operations = append(h.Operations, op)
	return err
}

// parseDeclared reads a declared effect of the operation it names.
func parseDeclared(h *model.History, l line) error {
	op := h.Operation(l.word(1))
	if op == nil {
		return fmt.Errorf("there is no operation %q above it", l.word(1))
	}
	e, err := parseEffect(l, 2)
	e.Key, e.CorrelationID = op.Key, op.CorrelationID
	op.Effects = append(op.Effects, e)
	return err
}

// parseEffect reads kind, resource, name and fields; its ledger is always "effects".
func parseEffect(l line, from int) (model.Effect, error) {
	fields, err := l.object()
	value.Restore(fields)
	return model.Effect{
		Ledger: "effects", Kind: l.word(from), Resource: l.word(from + 1),
		Key: l.named["key"], CorrelationID: l.named["mark"], Fields: fields,
		Notification: l.has("notification"),
	}, err
}

func parseEvent(at time.Duration, l line) (model.Event, error) {
	e := model.Event{At: at, Kind: model.EventKind(l.word(0))}
	var err error
	switch e.Kind {
	case model.Healed:
	case model.ClockMoved:
		e.Span, err = time.ParseDuration(l.word(1))
	case model.Listed:
		var effect model.Effect
		effect, err = parseEffect(l, 1)
		e.Effect = &effect
	case model.Observed:
		e.Name = l.word(1)
		e.Value, err = parseValue(l, 2)
	case model.SignedIn:
		e.Name, e.Exists = l.word(1), l.word(2) == "let-in"
		if !e.Exists {
			e.Err = strings.Join(l.words[min(2, len(l.words)):], " ")
		}
	case model.Polled:
		e.Operation, e.Name = l.word(1), l.word(2)
		e.Value, err = parseValue(l, 3)
	case model.Unreadable:
		e.Name, e.Err = l.word(1), strings.Join(l.words[min(2, len(l.words)):], " ")
	case model.Invoke, model.Return, model.Sent, model.Answered, model.FaultReported, model.Raced,
		model.LookedUp:
		parseAddressed(&e, l)
	default:
		err = fmt.Errorf("there is no event %q", l.word(0))
	}
	return e, err
}

// parseAddressed reads an event of an attempt.
func parseAddressed(e *model.Event, l line) {
	parseAddress(e, l.word(1))
	e.Fired, e.Final, e.Exists = l.has("fired"), l.has("final"), l.has("true")
	e.Stranger = l.has("stranger")
	e.Overlap, _ = time.ParseDuration(l.named["overlap"])
	e.Copies, _ = strconv.Atoi(l.named["copies"])
	e.Replica, _ = strconv.Atoi(l.named["replica"])
	switch e.Kind {
	case model.Raced:
		e.Detail = strings.Trim(l.json, "()")
	case model.FaultReported:
		e.Detail = strings.Trim(l.json, "()")
		e.Fault = &fault.Fault{
			Kind: fault.Kind(l.word(2)), Mode: fault.Mode(l.named["mode"]),
			Operation: e.Operation, Attempt: e.Attempt,
		}
	case model.Sent:
		e.Complete = !l.has("incomplete")
	case model.Return, model.Answered:
		parseEnd(e, l)
	}
}

// parseAddress reads "a.1#2".
func parseAddress(e *model.Event, s string) {
	s, hit, _ := strings.Cut(s, "#")
	e.Hit, _ = strconv.Atoi(hit)
	op, attempt, _ := strings.Cut(s, ".")
	e.Operation = op
	e.Attempt, _ = strconv.Atoi(attempt)
}

// parseEnd reads an answer or an error.
func parseEnd(e *model.Event, l line) {
	status, err := strconv.Atoi(l.word(2))
	if err != nil {
		e.Err = l.word(2)
		return
	}
	e.Answer = &model.Answer{Status: status, ReplayMarker: l.has("marker"), Body: l.body()}
	if len(l.named) > 0 {
		e.Answer.Headers = l.named
	}
}

// body is the JSON of a line, or the text that it quotes.
func (l line) body() string {
	var quoted string
	if json.Unmarshal([]byte(l.json), &quoted) == nil {
		return quoted
	}
	return l.json
}

// parseValue reads a number, a string or JSON.
func parseValue(l line, i int) (any, error) {
	s := cmp.Or(l.word(i), l.json)
	if s == "" {
		return nil, fmt.Errorf("a value is missing")
	}
	var v any
	if json.Unmarshal([]byte(s), &v) != nil {
		return s, nil
	}
	return value.Normal(v), nil
}
