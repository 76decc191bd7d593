package judge

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/leanovate/gopter"
	"github.com/leanovate/gopter/gen"
	"github.com/leanovate/gopter/prop"
	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/model"
)

// drawnWorld says what the service promises and how the case goes; its choices are small
// integers so that a failing law prints them on a line.
type drawnWorld struct {
	// Errors: refusals are stored and replayed, or executed again. Blocks: a duplicate in flight
	// waits for the first answer instead of being answered 409.
	Errors, Blocks, Marked, Required, Settle, CurrentState bool
	// Names says what the ledger shows: key and correlation ID, one of them.
	Names int
	// Funds is what every account begins with, Wait the milliseconds from healing to the last
	// attempts.
	Funds, Wait int
	// Jumps are the hours by which the service's clock moves, one every 30 ms.
	Jumps []int
	// Gone: an expired key is refused with 410, or else executes as new.
	Gone bool
}

// drawnOperation is one operation; Account, Other and Tenant are indexes, Start is in
// milliseconds.
type drawnOperation struct {
	Transfer                       bool
	Tenant, Account, Other, Amount int
	Start                          int
	// SameKey is 0 for a key of its own, else the number of the operation whose key it carries.
	SameKey  int
	Style    string
	Attempts []drawnAttempt
}

// drawnAttempt is one attempt: what happens to it, the milliseconds before it and the service's
// work on it.
type drawnAttempt struct {
	Fate      string
	Gap, Work int
	// Along starts it beside the attempt before; Repeat makes it after a definite answer too.
	Along, Repeat bool
}

// damage is one change to a history, at a place that is taken modulo what there is.
type damage struct {
	Kind string
	At   int
}

// The fates of an attempt.
const (
	clean        = "clean"
	requestLost  = "request-lost"
	answerLost   = "response-lost"
	late         = "late-arrival"
	cut          = "request-cut"
	twice        = "hidden-duplicate"
	throttled    = "throttled"
	busy         = "busy"
	droppedEarly = "dropped-early"
	droppedLate  = "dropped-late"
)

func genWorld() gopter.Gen {
	return gen.Struct(reflect.TypeFor[drawnWorld](), map[string]gopter.Gen{
		"Errors": gen.Bool(), "Blocks": gen.Bool(), "Marked": gen.Bool(), "Required": gen.Bool(),
		"Settle": gen.Bool(), "CurrentState": gen.Bool(), "Gone": gen.Bool(),
		"Names": gen.IntRange(0, 2), "Funds": gen.IntRange(0, 60), "Wait": gen.OneConstOf(1, 2500),
		// No sum of jumps is a day, so that what has expired does not hang on milliseconds.
		"Jumps": gen.Weighted([]gen.WeightedGen{
			{Weight: 2, Gen: gen.Const([]int(nil))},
			{Weight: 1, Gen: gen.SliceOf(gen.OneConstOf(0, 7, 23, 25))},
		}),
	})
}

func genOperations() gopter.Gen {
	return gen.SliceOf(gen.Struct(reflect.TypeFor[drawnOperation](), map[string]gopter.Gen{
		"Transfer": gen.Bool(), "Tenant": gen.IntRange(0, 1), "Account": gen.IntRange(0, 2),
		"Other": gen.IntRange(0, 1), "Amount": gen.IntRange(0, 5), "Start": gen.IntRange(0, 120),
		"SameKey": gen.Weighted([]gen.WeightedGen{
			{Weight: 3, Gen: gen.Const(0)}, {Weight: 1, Gen: gen.IntRange(1, 3)},
		}),
		"Style": gen.Weighted([]gen.WeightedGen{
			{Weight: 8, Gen: gen.Const(string(model.KeyPlain))},
			{Weight: 1, Gen: gen.Const(string(model.KeyMissing))},
			{Weight: 1, Gen: gen.Const(string(model.KeyUnterminated))},
		}),
		"Attempts": gen.SliceOf(genAttempt()),
	}))
}

func genAttempt() gopter.Gen {
	return gen.Struct(reflect.TypeFor[drawnAttempt](), map[string]gopter.Gen{
		"Fate": gen.OneConstOf(clean, clean, requestLost, answerLost, answerLost, late, cut, twice,
			throttled, busy, droppedEarly, droppedLate),
		"Gap": gen.IntRange(0, 6), "Work": gen.IntRange(0, 8),
		"Along": gen.Bool(), "Repeat": gen.Bool(),
	})
}

// genDamage draws changes that make most histories wrong.
func genDamage() gopter.Gen {
	return gen.SliceOf(gen.Struct(reflect.TypeFor[damage](), map[string]gopter.Gen{
		"Kind": gen.OneConstOf("duplicate", "drop", "amount", "nobody", "keyless", "markless", "balance",
			"identity", "borrow", "status", "marker", "body", "swallow", "unfired", "unreadable", "vanish"),
		"At": gen.IntRange(0, 40),
	}))
}

// genIndex draws the place of a change.
func genIndex() gopter.Gen { return gen.IntRange(0, 40) }

// law checks a property on n drawn inputs of a fixed seed, and on as many of a new one that a
// failure names. The condition returns "" or what is wrong.
func law(t *testing.T, n int, condition any, gens ...gopter.Gen) {
	t.Helper()
	for _, seed := range []int64{1, time.Now().UnixNano()} {
		parameters := gopter.DefaultTestParametersWithSeed(seed)
		parameters.MinSuccessfulTests, parameters.MaxShrinkCount = n, 300
		// Slices have one to five elements.
		parameters.MinSize, parameters.MaxSize = 1, 6
		t.Logf("seed %d", seed)
		properties := gopter.NewProperties(parameters)
		properties.Property(t.Name(), prop.ForAll(condition, gens...))
		var out strings.Builder
		ok := properties.Run(gopter.NewFormatedReporter(true, 100, &out))
		require.True(t, ok, "seed %d: %s", seed, &out)
	}
}

// apply changes a history.
func (d damage) apply(h *model.History) {
	effects, states, answers := where(h, model.Listed), where(h, model.Observed), answersOf(h)
	switch d.Kind {
	case "balance":
		if e := pick(h, states, d.At); e != nil {
			e.Value = e.Value.(int64) + 1
		}
	case "swallow":
		if i := d.At % len(h.Events); h.Events[i].Kind != model.Listed {
			h.Events = append(h.Events[:i:i], h.Events[i+1:]...)
		}
	case "unreadable":
		h.Events = append(h.Events, model.Event{
			At: h.Events[len(h.Events)-1].At, Kind: model.Unreadable, Name: "effects", Err: "timeout",
		})
	case "unfired":
		if e := pick(h, where(h, model.FaultReported), d.At); e != nil {
			e.Fired = false
		}
	case "vanish":
		if e := pick(h, where(h, model.LookedUp), d.At); e != nil {
			e.Exists = false
		}
	case "identity", "borrow", "status", "marker", "body":
		if e := pick(h, answers, d.At); e != nil {
			d.answer(h, e)
		}
	default:
		if len(effects) > 0 {
			d.effect(h, effects[d.At%len(effects)])
		}
	}
}

// effect changes the ledger item that event i shows.
func (d damage) effect(h *model.History, i int) {
	e := *h.Events[i].Effect
	switch d.Kind {
	case "duplicate":
		h.Events = append(h.Events, h.Events[i])
	case "drop":
		h.Events = append(h.Events[:i:i], h.Events[i+1:]...)
		return
	case "amount":
		e.Fields = map[string]any{"amount": int64(99)}
	case "nobody":
		e.Key, e.CorrelationID = fmt.Sprintf("nobody%d", d.At%2), ""
	case "keyless":
		e.Key = ""
	case "markless":
		e.CorrelationID = ""
	}
	h.Events[i].Effect = &e
}

// answer changes the answer that an event shows.
func (d damage) answer(h *model.History, e *model.Event) {
	a := *e.Answer
	switch d.Kind {
	case "identity":
		a.Body = fmt.Sprintf(`{"balance":1,"id":"other%d"}`, d.At%2)
	case "borrow":
		a.Body = pick(h, answersOf(h), d.At+1).Answer.Body
	case "status":
		a.Status = []int{201, 402, 422, 409, 503, 500}[d.At%6]
	case "marker":
		a.ReplayMarker = !a.ReplayMarker
	case "body":
		a.Body = []string{"", "7", "<html>", `{"id":"c1"`, "null"}[d.At%5]
	}
	e.Answer = &a
}

// pick returns the event at one of some indexes, or nil when there are none.
func pick(h *model.History, indexes []int, at int) *model.Event {
	if len(indexes) == 0 {
		return nil
	}
	return &h.Events[indexes[at%len(indexes)]]
}

// where lists the indexes of the events of a kind.
func where(h *model.History, kind model.EventKind) []int {
	var out []int
	for i := range h.Events {
		if h.Events[i].Kind == kind {
			out = append(out, i)
		}
	}
	return out
}

// answers lists the indexes of the events with an answer.
func answersOf(h *model.History) []int {
	var out []int
	for i := range h.Events {
		if h.Events[i].Answer != nil {
			out = append(out, i)
		}
	}
	return out
}

// damaged is what a correct service leaves, and some damage.
func damaged(w drawnWorld, ops []drawnOperation, ds []damage) (*model.History, *model.Contract) {
	h, c := simulate(w, ops)
	for _, d := range ds {
		if len(h.Events) > 0 {
			d.apply(h)
		}
	}
	return h, c
}
