package judge_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/idemcheck/idemcheck/model"
	signin "github.com/idemcheck/idemcheck/model/exchange"
	"github.com/idemcheck/idemcheck/model/value"
)

// world is what is drawn of a case before anything happens: what the service promises, what it does
// within its promises, and the operations.
type world struct {
	habits

	dice *rand.Rand
	// contract is what it promises.
	contract *model.Contract
	// ledger says what its ledger shows: "both", "key", "mark", or "none" for a service without.
	ledger string
	// notes: payloads carry the correlation ID, and answers do where told: then it is part of the
	// bytes.
	notes, told bool
	// pinned: declared effects pin their amount. waits: a duplicate in flight waits.
	pinned, waits bool
	// byCorrelation: without keys the service knows operations by their correlation ID.
	byCorrelation bool
	// tenants: there are two of them. paths: the account is in the path, which byPath is a route.
	tenants, paths, byPath bool
	// slow: work may take long. pause is when the service stands still for a while, lockout when it
	// lets nobody in any more, 0 for never; hurried: until all is healed it refuses requests that
	// follow one another fast.
	slow, hurried  bool
	pause, lockout int
	// typed: answers have a media type, of the first so many kinds.
	typed bool
	kinds int
	// balance: answers show a balance, which the specification promises.
	balance bool
	// kept: an expired key is remembered for longer, where nothing is declared.
	kept    bool
	effects []string
	ops     []model.Operation
	initial model.State
}

// one draws one of some values.
func one[T any](dice *rand.Rand, values ...T) T { return values[dice.IntN(len(values))] }

// chance is true n times in a hundred.
func (w *world) chance(n int) bool { return w.dice.IntN(100) < n }

// drawWorld draws a world from a seed and the number of a case.
func drawWorld(seed, number uint64) *world {
	w := &world{dice: rand.New(rand.NewPCG(seed, number)), initial: model.State{}}
	w.notes = w.chance(70)
	w.told = w.notes && w.chance(40)
	w.pinned, w.waits, w.balance, w.kept = w.chance(60), w.chance(30), w.chance(70), w.chance(50)
	w.ledger = one(w.dice, "both", "both", "both", "key", "mark", "none")
	if !w.notes && w.ledger != "none" {
		w.ledger = "key"
	}
	w.tenants, w.paths, w.byPath = w.chance(20), w.chance(20), w.chance(50)
	w.slow, w.hurried = w.chance(10), w.chance(4)
	if w.chance(8) {
		w.pause = 1 + w.dice.IntN(40)
	}
	if w.chance(4) {
		w.lockout = 1 + w.dice.IntN(40)
	}
	w.effects = one(w.dice, []string{"charge"}, []string{"charge", "receipt"}, []string{"charge", "charge"},
		[]string{"charge", "fee"})
	w.drawContract()
	if w.typed, w.kinds = w.chance(40), 3; w.typed && w.chance(20) {
		w.contract.Promises.ReplayIgnoreHeaders, w.kinds = []string{"Content-Type"}, len(mediaTypes())
	}
	w.byCorrelation = w.notes && w.chance(30)
	w.drawFailures()
	w.drawBadKeys()
	for i := range 1 + w.dice.IntN(3) {
		w.ops = append(w.ops, w.drawOperation(i))
	}
	if w.chance(15) {
		w.lease = 1000
	}
	if w.lockout%2 == 1 || w.pause%2 == 1 {
		w.contract.Session = &signin.SignIn{RenewOn: []int{401}}
	}
	return w
}

func (w *world) drawContract() {
	c := &model.Contract{Promises: model.Promises{
		Missing: []int{400}, Malformed: []int{400}, Mismatch: []int{422}, InFlight: []int{409},
		Transient: []int{429, 503}, Expired: []int{410},
		Errors:         one(w.dice, "replayed", "replayed", "executed"),
		MismatchAnswer: one(w.dice, "", "", "", "executed", "replayed"),
		Replay:         one(w.dice, "", "", "", "same-status", "current-state"),
		Recovery:       value.Duration(20 * time.Millisecond),
	}}
	w.drawKey(c)
	if w.chance(60) {
		c.Promises.ReplayMarker = &model.ReplayMarker{Header: "Idempotent-Replayed"}
	}
	if w.chance(25) {
		c.Promises.Retention = one(w.dice, value.Duration(40*time.Millisecond), value.Duration(24*time.Hour))
		c.Promises.AfterRetention = one(w.dice, "executed", "executed", "refused", "")
	}
	c.Operations = map[string]model.OperationType{
		"charge": w.drawType(w.effects), "transfer": w.drawType([]string{"debit", "credit"}),
	}
	w.contract = c
}

// drawKey draws how keys travel and what they are private to. Without keys payloads are what
// services go by, so that the ledger shows their correlation ID.
func (w *world) drawKey(c *model.Contract) {
	both := []string{"tenant", "route"}
	c.Key.Scope = one(w.dice, both, both, both, both[:1], both[1:], nil)
	if w.chance(10) {
		c.Promises.Done = []int{one(w.dice, 208, 208, 409)}
	}
	required := w.chance(70) || w.ledger == "key"
	c.Key.Required = &required
	switch {
	case w.chance(85):
		c.Key.Header = "Idempotency-Key"
		if w.chance(10) {
			c.Promises.SameBody = []int{424}
		}
	case w.ledger != "none":
		w.ledger, w.notes = "mark", true
	}
}

func (w *world) drawType(kinds []string) model.OperationType {
	t := model.OperationType{OK: []int{201}, Refused: []int{402}}
	if w.chance(5) {
		t.Refused = append(t.Refused, 422)
	}
	if w.chance(75) {
		t.Answer.Identity = "id"
	}
	for _, kind := range kinds {
		if w.ledger != "none" {
			t.Effects = append(t.Effects, model.EffectType{
				Ledger: "effects", Kind: kind, Notification: kind == "receipt",
			})
		}
	}
	return t
}

// drawOperation draws operation i: new, or one that has something in common with the first.
func (w *world) drawOperation(i int) model.Operation {
	op := model.Operation{
		ID: string(rune('a' + i)), Client: i, Type: one(w.dice, "charge", "charge", "charge", "transfer"),
		Key: fmt.Sprintf("k%d", i+1), CorrelationID: fmt.Sprintf("m%d", i+1), KeyStyle: model.KeyPlain,
		Tenant: "t", Method: "POST",
	}
	if w.tenants {
		op.Tenant = one(w.dice, "t", "u")
	}
	at := w.dice.IntN(2)
	amount := int64(1 + w.dice.IntN(3))
	if i > 0 {
		first, likeness := w.ops[w.dice.IntN(i)], w.dice.IntN(8)
		if first.Key == "" {
			likeness += 3
		}
		switch likeness {
		case 0, 1: // the key of another one
			op.Key, op.Type = first.Key, one(w.dice, first.Type, first.Type, op.Type)
		case 2: // its key and its correlation ID
			op.Key, op.Type, op.CorrelationID = first.Key, first.Type, first.CorrelationID
		case 3: // its correlation ID
			op.Type, op.CorrelationID = first.Type, first.CorrelationID
		case 4: // the same payload
			op.Type, op.CorrelationID, op.Tenant = first.Type, first.CorrelationID, first.Tenant
			amount, at = first.Args["amount"].(int64), int(first.Resources[0][2]-'A')
		case 5: // all of it
			first.ID, first.Client = op.ID, op.Client
			return first
		}
	}
	w.style(&op)
	op.Args = map[string]any{"amount": amount}
	op.Resources = []string{op.Tenant + "/" + "ABC"[at:at+1]}
	if op.Type == "transfer" {
		op.Resources = append(op.Resources, op.Tenant+"/"+"ABC"[at+1:at+2])
	}
	w.complete(&op)
	return op
}

// style spoils or drops the key of some operations.
func (w *world) style(op *model.Operation) {
	switch n := w.dice.IntN(20); {
	case w.contract.Key.Header == "":
	case n == 0:
		op.KeyStyle = model.KeyUnterminated
	case n == 1 || n < 8 && !*w.contract.Key.Required:
		op.KeyStyle, op.Key = model.KeyMissing, ""
	case n == 8 || n < 12 && w.contract.Key.Empty != "":
		op.KeyStyle, op.Key = model.KeyEmpty, ""
	case n == 12:
		op.KeyStyle = model.KeyTooLong
	case n == 13 || strings.HasPrefix(op.Key, "K"):
		op.KeyStyle, op.Key = model.KeyCase, strings.ToUpper(op.Key)
	}
}

// complete fills in what follows from an operation's arguments.
func (w *world) complete(op *model.Operation) {
	op.Args["from"] = op.Resources[0]
	kinds := []string{"debit", "credit"}
	if op.Type == "charge" {
		kinds = w.effects
	} else {
		op.Args["to"] = op.Resources[1]
	}
	body := maps.Clone(op.Args)
	if w.notes {
		body["note"] = op.CorrelationID
	}
	op.Route, op.Path = "/"+op.Type, "/"+op.Type
	if w.paths {
		op.Route, op.Path = op.Route+"/{from}", op.Path+"/"+op.Resources[0]
		delete(body, "from")
	}
	op.Body = jsonOf(body)
	for _, r := range op.Resources {
		w.initial[r+".balance"] = one(w.dice, int64(3), int64(5), int64(100))
	}
	if w.ledger == "none" {
		return
	}
	for i, kind := range kinds {
		e := model.Effect{
			Ledger: "effects", Kind: kind, Resource: op.Resources[min(i, len(op.Resources)-1)],
			Key: op.Key, CorrelationID: op.CorrelationID, Notification: kind == "receipt",
		}
		if w.pinned {
			e.Fields = map[string]any{"amount": op.Args["amount"]}
		}
		op.Effects = append(op.Effects, e)
	}
}

// till is the sequential specification of every world: what an operation takes must be there.
type till struct{ balance bool }

func (t till) Apply(state model.State, op *model.Operation) (model.State, map[string]any, bool) {
	next := maps.Clone(state)
	amount, _ := op.Args["amount"].(int64)
	from, _ := op.Args["from"].(string)
	left, _ := next[from+".balance"].(int64)
	next[from+".balance"] = left - amount
	if to, there := op.Args["to"].(string); there {
		had, _ := next[to+".balance"].(int64)
		next[to+".balance"] = had + amount
	}
	if !t.balance {
		return next, nil, left >= amount
	}
	return next, map[string]any{"balance": left - amount}, left >= amount
}

func jsonOf(v any) string {
	out, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(out)
}
