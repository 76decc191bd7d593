package files

import (
	"time"

	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/fault"
)

// line reads a line of a history file; false when it is not as this package writes it.
func (s *scanner) line(text string) (line, bool) {
	s.text, s.at, s.bad = text, 0, false
	var l line
	s.object(func(name string) {
		switch name {
		case "event":
			l.Event = &model.Event{}
			s.object(func(name string) { s.event(l.Event, name) })
		case "case":
			l.Case = &model.History{}
			s.object(func(name string) { s.history(l.Case, name) })
		case "events":
			n := int(s.integer())
			l.Events = &n
		default:
			s.bad = true
		}
	})
	return l, !s.bad && s.at == len(text)
}

func (s *scanner) history(h *model.History, name string) {
	switch name {
	case "case":
		h.Case = int(s.integer())
	case "scenario":
		h.Scenario = s.word()
	case "seed":
		h.Seed = uint64(s.integer())
		s.bad = s.bad || int64(h.Seed) < 0
	case "run":
		h.Run = int(s.integer())
	case "doubt":
		h.Doubt = s.word()
	case "begun":
		h.Begun = s.time()
	case "operations":
		h.Operations = []model.Operation{}
		s.list(func() {
			h.Operations = append(h.Operations, model.Operation{})
			op := &h.Operations[len(h.Operations)-1]
			s.object(func(name string) { s.operation(op, name) })
		})
	case "initial":
		h.Initial = s.values()
	default:
		s.bad = true
	}
}

func (s *scanner) operation(op *model.Operation, name string) {
	switch name {
	case "id":
		op.ID = s.word()
	case "client":
		op.Client = int(s.integer())
	case "type":
		op.Type = s.word()
	case "tenant":
		op.Tenant = s.word()
	case "key":
		op.Key = s.str()
	case "key_style":
		op.KeyStyle = model.KeyStyle(s.word())
	case "method":
		op.Method = s.word()
	case "route":
		op.Route = s.word()
	case "path":
		op.Path = s.str()
	case "body":
		op.Body = s.str()
	case "mark":
		op.CorrelationID = s.str()
	case "trace":
		op.Trace = s.str()
	case "args":
		op.Args = s.values()
	case "resources":
		op.Resources = s.texts()
	case "effects":
		op.Effects = []model.Effect{}
		s.list(func() { op.Effects = append(op.Effects, s.effect()) })
	case "attempts":
		op.Attempts = int(s.integer())
	default:
		s.bad = true
	}
}

func (s *scanner) effect() model.Effect {
	var e model.Effect
	s.object(func(name string) {
		switch name {
		case "ledger":
			e.Ledger = s.word()
		case "kind":
			e.Kind = s.word()
		case "resource":
			e.Resource = s.str()
		case "key":
			e.Key = s.str()
		case "mark":
			e.CorrelationID = s.str()
		case "fields":
			e.Fields = s.values()
		case "id":
			e.ID = s.str()
		case "notification":
			e.Notification = s.boolean()
		default:
			s.bad = true
		}
	})
	return e
}

func (s *scanner) event(e *model.Event, name string) {
	switch name {
	case "at":
		e.At = time.Duration(s.integer())
	case "kind":
		e.Kind = model.EventKind(s.word())
	case "op":
		e.Operation = s.word()
	case "attempt":
		e.Attempt = int(s.integer())
	case "hit":
		e.Hit = int(s.integer())
	case "final":
		e.Final = s.boolean()
	case "answer":
		e.Answer = s.answer()
	case "err":
		e.Err = s.word()
	case "complete":
		e.Complete = s.boolean()
	case "bytes":
		e.Bytes = int(s.integer())
	default:
		s.rarely(e, name)
	}
}

// rarely reads the fields of the events that come once for a fault, or at the end.
func (s *scanner) rarely(e *model.Event, name string) {
	switch name {
	case "fault":
		e.Fault = s.fault()
	case "fired":
		e.Fired = s.boolean()
	case "detail":
		e.Detail = s.str()
	case "copies":
		e.Copies = int(s.integer())
	case "overlap":
		e.Overlap = time.Duration(s.integer())
	case "span":
		e.Span = time.Duration(s.integer())
	case "effect":
		effect := s.effect()
		e.Effect = &effect
	case "name":
		e.Name = s.str()
	case "value":
		e.Value = s.value()
	case "exists":
		e.Exists = s.boolean()
	default:
		s.bad = true
	}
}

func (s *scanner) answer() *model.Answer {
	a := &model.Answer{}
	s.object(func(name string) {
		switch name {
		case "status":
			a.Status = int(s.integer())
		case "body":
			a.Body = s.str()
		case "marker":
			a.ReplayMarker = s.boolean()
		case "headers":
			a.Headers = map[string]string{}
			s.object(func(name string) { a.Headers[name] = s.str() })
		default:
			s.bad = true
		}
	})
	return a
}

// fault reads what most faults have; one with further parameters is left to encoding/json.
func (s *scanner) fault() *fault.Fault {
	f := &fault.Fault{}
	s.object(func(name string) {
		switch name {
		case "kind":
			f.Kind = fault.Kind(s.word())
		case "link":
			f.Link = s.word()
		case "operation":
			f.Operation = s.word()
		case "attempt":
			f.Attempt = int(s.integer())
		case "phase":
			f.Phase = fault.Phase(s.word())
		case "mode":
			f.Mode = fault.Mode(s.word())
		case "per_mille":
			f.PerMille = int(s.integer())
		case "span":
			s.bad = s.bad || f.Span.UnmarshalText([]byte(s.word())) != nil
		default:
			s.bad = true
		}
	})
	return f
}

// time reads a moment.
func (s *scanner) time() time.Time {
	at, err := time.Parse(time.RFC3339Nano, s.str())
	s.bad = s.bad || err != nil
	return at
}
