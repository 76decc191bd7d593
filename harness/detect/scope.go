package detect

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/idemcheck/idemcheck/harness/detect/internal/ask"
	"github.com/idemcheck/idemcheck/model"
)

// scoping is what was seen of what a key is private to; nil where nobody can tell.
type scoping struct{ tenant, route *bool }

// scope sends the key as another tenant, and on another route.
func scope(ctx context.Context, d *detection) error {
	if d.caller.Lost() {
		return errLost
	}
	var is scoping
	var byWhom, byWhere error
	if is.tenant, byWhom = byTenant(ctx, d); byWhom != nil {
		is.tenant = nil
	}
	if is.route, byWhere = byRoute(ctx, d); byWhere != nil {
		is.route = nil
	}
	if is.tenant == nil && is.route == nil {
		return fmt.Errorf("%w; %w", byWhom, byWhere)
	}
	d.note(Sighting{
		Line: "key.scope", Value: is.value(), How: is.String(), allows: is.allows, suits: is.suits,
	})
	return nil
}

// each calls a function with what a key is, or is not, private to.
func (s scoping) each(call func(of string, private bool)) {
	if s.tenant != nil {
		call("tenant", *s.tenant)
	}
	if s.route != nil {
		call("route", *s.route)
	}
}

// value is the line of a contract; "" where not all of it was seen.
func (s scoping) value() string {
	if s.tenant == nil || s.route == nil {
		return ""
	}
	var is []string
	s.each(func(of string, private bool) {
		if private {
			is = append(is, of)
		}
	})
	return "[" + strings.Join(is, ", ") + "]"
}

// String says what was seen.
func (s scoping) String() string {
	var out []string
	s.each(func(of string, private bool) {
		if !private {
			of = "not " + of
		}
		out = append(out, of)
	})
	return strings.Join(out, ", ")
}

// allows reports whether a key is private to all that it is said to be. Who says that it belongs to
// its tenant need not speak of routes.
func (s scoping) allows(k model.Key, _ model.Promises) bool {
	out := true
	s.each(func(of string, private bool) { out = out && (private || !slices.Contains(k.Scope, of)) })
	return out
}

// suits reports whether it is private to that and to nothing else.
func (s scoping) suits(k model.Key, _ model.Promises) bool {
	out := true
	s.each(func(of string, private bool) { out = out && private == slices.Contains(k.Scope, of) })
	return out
}

// byTenant reports whether the key of one tenant is another one's too; nil where nobody can tell.
func byTenant(ctx context.Context, d *detection) (*bool, error) {
	c := d.contract
	names := c.TenantNames()
	i := slices.IndexFunc(names, func(name string) bool {
		return c.Caller(name) != c.Caller(names[0])
	})
	if i < 0 {
		return nil, errors.New("there is one tenant")
	}
	o := d.ordered(d.key, d.caller.NewPayload(d.subject.Large))
	o.Tenant = names[i]
	return isPrivate(ctx, d, o)
}

// byRoute reports whether the key of one route is another one on another; nil where nobody can
// tell.
func byRoute(ctx context.Context, d *detection) (*bool, error) {
	for _, s := range d.subjects {
		if s.Op.Path == d.subject.Op.Path {
			continue
		}
		o := d.ordered(d.key, d.caller.NewPayload(s.Small))
		o.Of = s
		return isPrivate(ctx, d, o)
	}
	return nil, errors.New("there is one route")
}

// isPrivate sends an operation under a key that was used elsewhere, and reports whether it was done
// and is no replay of what was done there; nil where nobody can tell.
func isPrivate(ctx context.Context, d *detection, o ask.Order) (*bool, error) {
	said, err := d.caller.Order(ctx, o)
	if err != nil {
		return nil, err
	}
	name := d.subject.NameIn(said)
	switch {
	case name != "" && name == d.subject.NameIn(d.first):
		return new(false), nil
	case name != "" && o.Of.Done(said), o.Of.Refused(said) && said.Status != d.refused:
		return new(true), nil
	case said.Status != d.refused && said.Status != d.doneStatus:
		return nil, fmt.Errorf("a key that was used elsewhere was answered %d", said.Status)
	}
	return new(false), mustBeTaken(ctx, d, o)
}

// mustBeTaken sends an order that was refused under its key with a new one, and returns an error
// where that is refused as well.
func mustBeTaken(ctx context.Context, d *detection, o ask.Order) error {
	o.Key = d.caller.NextKey()
	said, err := d.caller.Order(ctx, o)
	if err == nil && !o.Of.Done(said) {
		err = d.caller.Told("an operation with a new key", said)
	}
	return err
}

// maxRefusals is how many types are asked for a refusal, and maxSpending how often more one is
// asked for as much as may be.
const maxRefusals, maxSpending = 3, 4

// refusals looks for an operation that is refused, and sends its key with a payload that is not: it
// is executed where refusals are not stored, and refused for its key where they are.
func refusals(ctx context.Context, d *detection) error {
	of, key, err := refusal(ctx, d)
	if err != nil {
		return err
	}
	for _, s := range d.subjects {
		if s.Op.Method != of.Op.Method || s.Op.Path != of.Op.Path || s.Type == of.Type && has(d, of) {
			continue
		}
		o := d.ordered(key, d.caller.NewPayload(s.Small))
		o.Of = s
		return errorsSeen(ctx, d, o)
	}
	return errors.New("no other operation of that route could be sent")
}

// has reports whether there is another subject on the route of one.
func has(d *detection, of ask.Subject) bool {
	return slices.ContainsFunc(d.subjects, func(s ask.Subject) bool {
		return s.Type != of.Type && s.Op.Method == of.Op.Method && s.Op.Path == of.Op.Path
	})
}

// errorsSeen sends another payload under the key of a refusal, and notes what becomes of it.
func errorsSeen(ctx context.Context, d *detection, o ask.Order) error {
	said, err := d.caller.Order(ctx, o)
	if err != nil {
		return err
	}
	value := "replayed"
	switch {
	case o.Of.Done(said):
		value = "executed"
	case said.Status != d.refused || o.Of.Refused(said):
		return fmt.Errorf("after a refusal another payload was answered %d", said.Status)
	default:
		if err := mustBeTaken(ctx, d, o); err != nil {
			return err
		}
	}
	d.noteValue("promises.errors", value, func(_ model.Key, p model.Promises) bool {
		return p.Errors == value
	})
	return nil
}

// refusal finds an operation that is refused, and the key with which it was.
func refusal(ctx context.Context, d *detection) (ask.Subject, string, error) {
	asked := 0
	var dearest *ask.Subject
	for i := range d.subjects {
		s := &d.subjects[i]
		if len(s.Op.Refused) == 0 || asked == maxRefusals {
			continue
		}
		asked++
		if dearest == nil {
			dearest = s
		}
		key, refused, err := isRefused(ctx, d, *s)
		if err != nil || refused {
			return *s, key, err
		}
	}
	for range maxSpending {
		if dearest == nil {
			break
		}
		key, refused, err := isRefused(ctx, d, *dearest)
		if err != nil || refused {
			return *dearest, key, err
		}
	}
	return ask.Subject{}, "", errors.New("no operation was refused: declare one whose arguments " +
		"make that happen (operations.NAME.refused)")
}

// isRefused sends an operation with the greatest arguments, and reports whether it is refused.
func isRefused(ctx context.Context, d *detection, s ask.Subject) (string, bool, error) {
	o := d.ordered(d.caller.NextKey(), d.caller.NewPayload(s.Large))
	o.Of = s
	said, err := d.caller.Order(ctx, o)
	if err != nil {
		return "", false, err
	}
	return o.Key, s.Refused(said), nil
}
