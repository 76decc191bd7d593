package detect

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/idemcheck/idemcheck/harness/contract/dialect"
	"github.com/idemcheck/idemcheck/harness/detect/internal/ask"
	"github.com/idemcheck/idemcheck/harness/internal/sleep"
	"github.com/idemcheck/idemcheck/model"
)

// What a repeat gets, as contracts have it.
const (
	sameBody, sameStatus, currentState = "same-body", "same-status", "current-state"
	acknowledgement                    = "acknowledgement"
)

// otherKey reads what another key with the same payload was answered.
func otherKey(_ context.Context, d *detection) error {
	const line = "promises.same_body"
	switch said := d.control; {
	case d.done(said) && d.kind(said) != replayed:
		ownOperation(d, line)
	case refusesKey(said.Status):
		d.noteStatus(line, said.Status, func(p model.Promises) []int { return p.SameBody })
	}
	return nil
}

// ownOperation notes that another key makes the same payload another operation.
func ownOperation(d *detection, line string) {
	d.note(Sighting{
		Line: line, How: "none: another key is another operation",
		allows: func(_ model.Key, p model.Promises) bool { return len(p.SameBody) == 0 },
	})
}

// atRest is how long a repeat is waited with that must not meet anything at work.
const atRest = 300 * time.Millisecond

// repeat reads what the repeat of what was done was answered, and has it answered once more where
// that may have come while the first was still at work.
func repeat(ctx context.Context, d *detection) error {
	if d.kind(d.again) == replayed {
		replaySeen(d)
		markerSeen(d)
		return nil
	}
	first := d.again
	if err := sleep.For(ctx, atRest); err != nil {
		return err
	}
	again, err := d.send(ctx, d.key, d.payload)
	if err != nil {
		return err
	}
	if d.again = again; d.kind(again) == replayed {
		return repeat(ctx, d)
	}
	if again.Status != first.Status {
		return fmt.Errorf("two repeats got %d and %d", first.Status, again.Status)
	}
	doneSeen(d, again.Status)
	return nil
}

// doneSeen notes that a repeat gets a status and nothing of the first answer.
func doneSeen(d *detection, status int) {
	d.doneStatus = status
	d.noteStatus("promises.done", status, func(p model.Promises) []int { return p.Done })
	how := fmt.Sprintf("%s (%d, and nothing of the first answer)", acknowledgement, status)
	allows := func(_ model.Key, p model.Promises) bool {
		return p.Replay == acknowledgement || in(p.Done, status)
	}
	d.note(Sighting{Line: "promises.replay", Value: acknowledgement, How: how, allows: allows})
	d.notSeen("a repeat shows nothing of the first answer", "promises.marker")
}

// replaySeen notes what a replay has of the first answer.
func replaySeen(d *detection) {
	d.notSeen("a repeat gets an answer", "promises.done")
	differing := differingFields(d.first.Body, d.again.Body)
	value, how := sameBody, sameBody
	if d.again.Status != d.first.Status {
		value, how = acknowledgement, fmt.Sprintf("status %d", d.again.Status)
	}
	if len(differing) > 0 {
		value = currentState
		how = fmt.Sprintf("%s (%s differs)", currentState, strings.Join(differing, ", "))
	}
	d.note(Sighting{
		Line: "promises.replay", Value: value, How: how,
		allows: func(_ model.Key, p model.Promises) bool {
			return allowsReplay(p, d.again.Status == d.first.Status, differing)
		},
	})
}

// allowsReplay reports whether promises allow a replay with the first status or another, in which
// some fields differ from those of the first answer.
func allowsReplay(p model.Promises, sameStatuses bool, differing []string) bool {
	switch p.Replay {
	case sameBody:
		return sameStatuses && in(p.ReplayIgnore, differing...)
	case sameStatus:
		return sameStatuses
	}
	return p.Replay == currentState || !sameStatuses
}

// differingFields lists the fields of the first level in which two bodies differ; the whole of
// them, "body", where they are no objects.
func differingFields(a, b []byte) []string {
	var one, other map[string]any
	switch {
	case bytes.Equal(a, b):
		return nil
	case json.Unmarshal(a, &one) != nil || json.Unmarshal(b, &other) != nil:
		return []string{"body"}
	}
	all := map[string]bool{}
	for _, set := range []map[string]any{one, other} {
		for name := range set {
			if !reflect.DeepEqual(one[name], other[name]) {
				all[name] = true
			}
		}
	}
	if len(all) == 0 {
		return []string{"body"}
	}
	return slices.Sorted(maps.Keys(all))
}

// maxMarker is how long the value of a marker may be that is written.
const maxMarker = 60

// markerSeen notes the header that a replay has and no first answer.
func markerSeen(d *detection) {
	const line = "promises.marker"
	value := ""
	for _, name := range slices.Sorted(maps.Keys(d.again.Header)) {
		if says := d.again.Header.Get(name); isMarker(d, name) && len(says) <= maxMarker {
			found := &model.ReplayMarker{Header: name, Value: says}
			value = Said(line, model.Key{}, model.Promises{ReplayMarker: found})
		}
	}
	d.note(Sighting{
		Line: line, Value: value, How: cmp.Or(value, "none"),
		allows: func(_ model.Key, p model.Promises) bool { return marks(d, p.ReplayMarker) },
	})
}

// marks reports whether the replay carries a marker that the first answer has not.
func marks(d *detection, m *model.ReplayMarker) bool {
	if m == nil {
		return true
	}
	here := d.again.Header.Get(m.Header)
	return here != "" && (m.Value == "" || m.Value == here) && d.first.Header.Get(m.Header) != here
}

// isMarker reports whether a header of a replay is one that says so: no first answer has it as it
// is there, and it is known for that.
func isMarker(d *detection, name string) bool {
	here := d.again.Header.Get(name)
	if d.first.Header.Get(name) == here || d.control.Header.Get(name) == here {
		return false
	}
	known := []*model.ReplayMarker{d.contract.Promises.ReplayMarker}
	for _, one := range dialect.All() {
		known = append(known, one.Promises.ReplayMarker)
	}
	return strings.Contains(strings.ToLower(name), "replay") ||
		slices.ContainsFunc(known, func(m *model.ReplayMarker) bool {
			return m != nil && strings.EqualFold(m.Header, name)
		})
}

// mismatch sends the key with another payload. That is refused for its key only where another key
// with it is not.
func mismatch(ctx context.Context, d *detection) error {
	other := d.caller.NewPayload(d.subject.Large)
	said, err := d.reuse(ctx, d.key, other)
	if err != nil {
		return err
	}
	how := mismatchAnswer(d, said)
	if how == refused {
		if err := d.mustBeDone(ctx, other); err != nil {
			return err
		}
	}
	switch how {
	case "":
		return fmt.Errorf("a key with another payload was answered %d", said.Status)
	case refused:
		d.refused = said.Status
		d.noteStatus("promises.mismatch", said.Status,
			func(p model.Promises) []int { return p.Mismatch })
	default:
		d.notSeen("another payload is "+how, "promises.mismatch")
	}
	d.noteValue("promises.mismatch_answer", how, func(_ model.Key, p model.Promises) bool {
		return cmp.Or(p.MismatchAnswer, refused) == how
	})
	return nil
}

// mismatchAnswer is how a key with another payload is treated; "" where nobody can tell.
func mismatchAnswer(d *detection, said *ask.Heard) string {
	switch {
	case d.kind(said) == executed:
		return "executed"
	case d.kind(said) == replayed, said.Status == d.doneStatus && said.Status/100 == 2:
		return "replayed"
	case refusesKey(said.Status) && !d.subject.Refused(said):
		return refused
	}
	return ""
}

// race sends copies at once, until one of them shows that another was at work.
func race(ctx context.Context, d *detection) error {
	const line, copies, rounds = "promises.in_flight", 3, 3
	var before []int
	for range rounds {
		o := d.ordered(d.caller.NextKey(), d.caller.NewPayload(d.subject.Small))
		said, err := d.caller.AtOnce(ctx, o, copies)
		if err != nil {
			return err
		}
		now := conflicts(d, said)
		if status := told(now, before); status != 0 {
			d.noteStatus(line, status, func(p model.Promises) []int { return p.InFlight })
			return nil
		}
		before = now
	}
	if d.doneStatus != 0 {
		d.notSeen("copies that are sent at once are told what a repeat is told, too", line)
	}
	d.notSeen("of copies that were sent at once none was told so: they did not meet, or wait", line)
	return nil
}

// told is the first status that says that another copy was at work; zero for none. A failure counts
// where it came before, too.
func told(now, before []int) int {
	for _, status := range now {
		if status/100 != 5 || slices.Contains(before, status) {
			return status
		}
	}
	return 0
}

// conflicts lists the statuses of copies of which another was done: those that no repeat at rest
// gets, and that speak of nothing else.
func conflicts(d *detection, said []*ask.Heard) (out []int) {
	if !slices.ContainsFunc(said, d.done) {
		return nil
	}
	for _, a := range said {
		if saysInFlight(d, a) {
			out = append(out, a.Status)
		}
	}
	return out
}

// saysInFlight reports whether an answer may say that another copy is at work.
func saysInFlight(d *detection, a *ask.Heard) bool {
	return !d.done(a) && !d.subject.Refused(a) && a.Status != d.doneStatus &&
		maySayInFlight(a.Status)
}

// maySayInFlight reports whether a status may say that another copy is at work.
func maySayInFlight(status int) bool {
	return status/100 == 2 || refusesKey(status) || status == http.StatusInternalServerError ||
		status == http.StatusServiceUnavailable
}
