package observe

import (
	"encoding/json"
	"fmt"

	"github.com/idemcheck/idemcheck/harness/internal/mask"
	"github.com/idemcheck/idemcheck/harness/observe/before"
	"github.com/idemcheck/idemcheck/harness/observe/intake"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/value"
)

// listing collects what is a case's own in one reading of the ledgers of a resource.
type listing struct {
	effects []*model.Effect
	// kept is how many bytes of the items are kept.
	kept int
}

// list adds an effect, or says why the ledger shows more than is kept.
func (l *listing) list(e *model.Effect) error {
	l.kept += len(e.Key) + len(e.CorrelationID) + len(e.ID) + len(e.Kind)
	for _, v := range e.Fields {
		out, err := json.Marshal(v)
		if err != nil {
			return fmt.Errorf("reading an item of %s: %w", e.Ledger, err)
		}
		l.kept += len(out)
	}
	switch {
	case len(l.effects) == maxListed:
		return fmt.Errorf("it has more than %d items that were not there before the first operation",
			maxListed)
	case l.kept > maxKept:
		return fmt.Errorf("its items have more than %s of keys, correlation IDs, names and fields",
			intake.BytesText(maxKept))
	}
	l.effects = append(l.effects, e)
	return nil
}

// since adds an effect for each that an item stands for and that was not there before.
func (l *listing) since(
	known before.Items, count string, item any, effect func() *model.Effect,
) error {
	n, err := known.Since(item, count)
	for ; err == nil && n > 0; n-- {
		err = l.list(effect())
	}
	return err
}

// report adds an event for every effect or, when not all of what was to be read could be, one that
// says so: a part of a ledger is no ledger.
func (l *listing) report(add func(model.Event), what string, err error) {
	if err != nil {
		add(unreadable(what, err))
		return
	}
	for _, e := range l.effects {
		add(model.Event{Kind: model.Listed, Effect: e})
	}
}

// stateValue is a value of an answer as states and names have it, or why it is none, as in "no
// field".
func stateValue(v any) (found any, why string) {
	found = value.Normal(v)
	if found == nil {
		return nil, "no"
	}
	if n, ok := found.(json.Number); ok {
		if f, err := n.Float64(); err == nil {
			return f, "" // expressions compute with it
		}
		return nil, fmt.Sprintf("a number that is out of range (%s) in the", mask.Excerpt([]byte(n)))
	}
	out, err := json.Marshal(found)
	switch {
	case err != nil:
		return nil, "an unreadable"
	case len(out) > maxState:
		return nil, fmt.Sprintf("more than %s in the", intake.BytesText(maxState))
	}
	return found, ""
}

// NameValue is a value of an answer as the name of a thing, or why it is none.
func NameValue(v any) (name, why string) {
	if n, ok := value.Normal(v).(json.Number); ok {
		if _, err := n.Float64(); err == nil {
			return string(n), "" // computing would round it, and nobody computes with names
		}
	}
	found, why := stateValue(v)
	switch found.(type) {
	case string, int64, float64, bool:
		if name = fmt.Sprint(found); name == "" {
			why = "an empty"
		}
		return name, why
	case nil:
		return "", why
	}
	return "", "no text or number in the"
}
