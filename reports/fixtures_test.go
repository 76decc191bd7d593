package reports

import (
	"time"

	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/expect"
	"github.com/idemcheck/idemcheck/model/fault"
	"github.com/idemcheck/idemcheck/model/judge"
	"github.com/idemcheck/idemcheck/model/value"
	"github.com/idemcheck/idemcheck/model/verdict"
	"github.com/idemcheck/idemcheck/model/verdict/confidence"
	"github.com/idemcheck/idemcheck/model/verdict/tally"
)

func ms(n float64) time.Duration { return time.Duration(n * float64(time.Millisecond)) }

// payments is a contract as a team would write it: a secret, a quoted key, one ledger per account.
func payments() model.Contract {
	yes := true
	return model.Contract{
		Version: 1, Name: "payments", Dialect: "ietf",
		Target: model.TargetSettings{
			URL:     "http://127.0.0.1:8080",
			Headers: map[string]string{"Authorization": "Bearer hunter2", "X-Env": "${STAGE:-test}"},
		},
		Tenants: map[string]model.Tenant{
			"red":  {Headers: map[string]string{"X-Api-Key": "red-secret"}},
			"blue": {Headers: map[string]string{"X-Api-Key": "blue-secret"}},
		},
		Key: model.Key{Header: "Idempotency-Key", Quoted: &yes, MaxLength: 64},
		Resources: map[string]model.ResourceType{
			"account": {Create: model.Message{Method: "POST", Path: "/accounts"}, ID: "id"},
		},
		Operations: map[string]model.OperationType{"pay": {
			Method: "POST", Path: "/accounts/{account}/payments", OK: []int{201},
			Args: map[string]model.Arg{"account": {Resource: "account"}, "amount": {Min: 1, Max: 9}},
		}},
		Ledgers: map[string]model.Ledger{
			"charges": {Path: "/accounts/{id}/charges", Per: "account", Key: "key", CorrelationID: "note"},
		},
	}
}

func pay(id string, client int, tenant, key string) model.Operation {
	correlation := "mark-" + id
	return model.Operation{
		ID: id, Client: client, Type: "pay", Tenant: tenant, Key: key, KeyStyle: model.KeyPlain,
		Method: "POST", Route: "/accounts/{account}/payments", Path: "/accounts/acc-7/payments",
		Body: `{"amount":5,"note":"it's ` + correlation + `"}`, CorrelationID: correlation,
		Args:    map[string]any{"account": tenant + "/account-1", "amount": 5},
		Effects: []model.Effect{{Ledger: "charges", Kind: "charge", CorrelationID: correlation}}, Attempts: 2,
	}
}

// tape is a short way to write a history.
type tape struct{ model.History }

func (t *tape) add(at float64, kind model.EventKind, op string, attempt int) *model.Event {
	t.Events = append(t.Events, model.Event{At: ms(at), Kind: kind, Operation: op, Attempt: attempt})
	return &t.Events[len(t.Events)-1]
}

func (t *tape) invoke(at float64, op string, n int) { t.add(at, model.Invoke, op, n) }

func (t *tape) sent(at float64, op string, n int) { t.add(at, model.Sent, op, n).Complete = true }

func (t *tape) again(at float64, op string, n int) {
	e := t.add(at, model.Sent, op, n)
	e.Complete, e.Hit = true, 2
}

func (t *tape) answered(at float64, op string, n int, a model.Answer) {
	t.add(at, model.Answered, op, n).Answer = &a
}

func (t *tape) read(at float64, op string, n int, a model.Answer) {
	t.add(at, model.Return, op, n).Answer = &a
}

func (t *tape) failed(at float64, op string, n int, err string) {
	t.add(at, model.Return, op, n).Err = err
}

func (t *tape) fault(at float64, f fault.Fault, fired bool) {
	e := t.add(at, model.FaultReported, f.Operation, f.Attempt)
	e.Fault, e.Fired = &f, fired
}

func (t *tape) effect(at float64, correlation string) {
	e := t.add(at, model.Listed, "", 0)
	e.Effect = &model.Effect{Ledger: "charges", Kind: "charge", CorrelationID: correlation}
}

func (t *tape) state(at float64, name string, value any) {
	e := t.add(at, model.Observed, "", 0)
	e.Name, e.Value = name, value
}

func created(id string) model.Answer {
	return model.Answer{Status: 201, Body: `{"id":"` + id + `","amount":5,"state":"done"}`}
}

func judged(v verdict.Result) verdict.Verdict {
	return verdict.Verdict{
		Schema: verdict.Schema, Verdict: v, Seed: 42,
		Judged: tally.Judged{Cases: 120, Operations: 340, Attempts: 702, Effects: 322, Hidden: 4},
		Faults: tally.Faults{Planned: 64, Fired: 64, Cases: 55, ByKind: map[fault.Kind]tally.KindCount{
			fault.ResponseLost:        {Planned: 40, Fired: 40, Cases: 35},
			fault.ConcurrentDuplicate: {Planned: 12, Fired: 12, Cases: 12},
			fault.LateArrival:         {Planned: 12, Fired: 12, Cases: 10},
		}},
		Races: tally.Races{Planned: 12, Overlapped: 12, MedianOverlap: value.Duration(ms(3.1257))},
	}
}

func document(v verdict.Verdict) Document {
	return Document{
		Verdict: v, Contract: payments(), Target: "http://127.0.0.1:8080", Elapsed: ms(3241.7),
		Saved: "idemcheck-out/20260102-030405",
	}
}

func invalid(d Document, h model.History, rule string) Document {
	d.History, d.Case = &h, &model.Case{Index: h.Case, Scenario: h.Scenario, Faults: nil}
	d.Verdict.Counterexample = &verdict.Counterexample{
		Operations: len(h.Operations), Attempts: 2, Faults: 1, Reproduced: 5, Replays: 5, Rule: rule,
		Plan: "idemcheck-out/20260102-030405/counterexample/plan.json",
		Shrinking: &verdict.Shrinking{
			Tried: 26, Rounds: 5, From: verdict.Size{Operations: 3, Attempts: 12, Faults: 4},
			Elapsed: value.Duration(ms(1234)),
		},
	}
	d.Replay = "idemcheck replay idemcheck-out/20260102-030405/counterexample/plan.json"
	d.Verdict.Counterexample.Traces = traced(&h)
	return d
}

func validDocument() Document {
	d := document(judged(verdict.Valid))
	d.Verdict.Reasons = []string{"keys are promised for 24h: expiry lies beyond this run"}
	d.Verdict.Confidence = judge.NewConfidence(d.Verdict)
	d.Verdict.Confidence.Seeded = &confidence.Seeded{Found: 58, Of: 60, Missed: []confidence.MissedBug{
		{Name: "key-expires-early"}, {Name: "sweep-races-retry", Share: 0.7},
	}}
	d.Scenarios = []ScenarioTally{{Name: "response-lost", Cases: 120, Elapsed: ms(3100)}}
	d.Verdict.Duration = value.Duration(ms(3241))
	d.Verdict.Untried = []verdict.Untried{
		{What: "a second tenant", Try: "tenants, two with headers of their own"},
	}
	d.Verdict.Latency = &tally.Latency{
		WithoutFaults: tally.Percentiles{
			Attempts: 312, P50: value.Duration(420 * time.Microsecond), P90: value.Duration(ms(9)),
			P99: value.Duration(ms(14)), Max: value.Duration(ms(20)),
		},
		WithFaults: tally.Percentiles{
			Attempts: 390, P50: value.Duration(ms(12)), P90: value.Duration(ms(200)),
			P99: value.Duration(ms(201)), Max: value.Duration(ms(1204)),
		},
	}
	d.Verdict.Runs = []verdict.RunFacts{{
		Tool: "v1.2.3", Target: "http://127.0.0.1:8090", Started: time.Unix(1_790_000_000, 0).UTC(),
	}}
	return d
}

func hollowDocument() Document {
	v := judged(verdict.Valid)
	v.Judged.Effects, v.Judged.Hidden = 0, 0
	d := document(v)
	d.Warnings = []string{"every one of 702 answers was 401: the credentials are not accepted"}
	return d
}

func unknownDocument() Document {
	v := judged(verdict.Unknown)
	v.Faults.Fired, v.Faults.ByKind[fault.LateArrival] = 60, tally.KindCount{Planned: 12, Fired: 8}
	v.Races = tally.Races{Planned: 12}
	v.Reasons = []string{
		"late-arrival did not fire 4 times of 12",
		"no planned race overlapped (12 planned)",
	}
	v.Violations = []verdict.Violation{{
		Rule: "replay-unmarked", Level: verdict.LevelDivergence, Case: 3, Operations: []string{"a"},
		Message: "the replay of a carries no marker header",
	}}
	d := document(v)
	d.Scenarios = []ScenarioTally{
		{Name: "response-lost", Cases: 108, Elapsed: ms(3000), Violations: v.Violations},
		{Name: "late-arrival", Cases: 12, Elapsed: ms(241), Reasons: v.Reasons},
	}
	return d
}

// lateDocument is of a run without a violation, that was slower than its contract expects.
func lateDocument() Document {
	v := judged(verdict.Invalid)
	v.Reasons = []string{"expect.p99.crash: 12 answers were measured, and 100 are needed: run more cases"}
	v.Expectations = []expect.Expectation{
		{
			Of: "expect.p99.calm", Wanted: value.Duration(ms(200)), Measured: value.Duration(ms(14)),
			Samples: 312, Met: true,
		},
		{
			Of: "expect.p99.crash", Wanted: value.Duration(ms(500)), Measured: value.Duration(ms(20)),
			Samples: 12, Unknown: v.Reasons[0],
		},
		{
			Of: "expect.p99.response-lost", Wanted: value.Duration(ms(500)),
			Measured: value.Duration(ms(803)), Samples: 104, Slower: 31, Alone: true,
		},
		{Of: "expect.recover", Wanted: value.Duration(ms(1000)), Unknown: "expect.recover: nothing was measured"},
	}
	d := document(v)
	d.Scenarios = []ScenarioTally{{Name: "response-lost", Cases: 120, Elapsed: ms(3100)}}
	return d
}

func mistakenDocument() Document {
	v := verdict.New()
	v.Verdict, v.Seed = verdict.Unknown, 42
	v.Mistakes = []verdict.Mistake{
		{
			Path:  []string{"operations", "charge", "answer", "identity"},
			Place: "idemcheck.yaml:31:17", Declared: "charge_id", Observed: "an answer with no such field",
			Write: "write identity: id", Request: `POST /v1/charges {"amount":7}`,
			Answer: `201 {"id":"ch_1","amount":7}`,
		},
		{
			Path:     []string{"operations", "charge", "then", "account.balance"},
			Declared: "account.balance + amount = 1007", Observed: "993 (it was 1000 before)",
			Write: "write account.balance: account.balance - amount",
		},
	}
	for _, m := range v.Mistakes {
		v.Reasons = append(v.Reasons, m.String())
	}
	return document(v)
}

func lostHistory() model.History {
	t := tape{model.History{Case: 17, Scenario: "response-lost", Seed: 42}}
	t.Operations = []model.Operation{pay("a", 0, "", "key-1f0c")}
	t.invoke(0, "a", 1)
	t.sent(0.4, "a", 1)
	t.answered(3.1, "a", 1, created("pay_1"))
	t.fault(3.1, fault.Fault{
		Kind: fault.ResponseLost, Mode: fault.BlackHole, Operation: "a", Attempt: 1,
	}, true)
	t.failed(200, "a", 1, "timeout")
	t.invoke(236.5, "a", 2)
	t.sent(236.7, "a", 2)
	t.answered(239.2, "a", 2, created("pay_2"))
	t.read(239.3, "a", 2, created("pay_2"))
	t.add(239.4, model.Healed, "", 0)
	t.effect(250, "mark-a")
	t.effect(250, "mark-a")
	t.state(251, "account-1.balance", 90)
	return t.History
}

// besideDocument is a document on a loss that needs an operation with another key, and on one that
// needs other cases.
func besideDocument() Document {
	d := lostDocument()
	d.Verdict.Counterexample.Interference = &model.Interference{
		Operations: []string{"b"}, Reproduced: 5, Replays: 5, Lost: true,
	}
	d.Verdict.Further = []verdict.Counterexample{{
		Rule: "over-deduplication", Message: "operation b was answered as if it were a", Operations: 2,
		Attempts: 4, Case: 9, Scenario: "colliding-keys", Reproduced: 4, Replays: 5,
		Interference: &model.Interference{Cases: 7, Reproduced: 4, Replays: 5},
	}}
	return d
}

func lostDocument() Document {
	d := invalid(document(judged(verdict.Invalid)), lostHistory(), "duplicate-effect")
	for _, c := range []int{4, 9, 17, 17, 31} {
		d.Verdict.Violations = append(d.Verdict.Violations, verdict.Violation{
			Rule: "duplicate-effect", Level: verdict.LevelViolation, Case: c, Operations: []string{"a"},
			Message:  "charge of operation a happened 2 times, and was declared once",
			Expected: []string{"charge of a, once"},
			Observed: []string{"charge ch_1 of a (key key-1f0c)", "charge ch_2 of a (key key-1f0c)"},
			NoLine:   "no line of a contract allows this; look at operations.pay.effects",
		})
	}
	d.Verdict.Violations = append(d.Verdict.Violations, verdict.Violation{
		Rule: "state-divergence", Level: verdict.LevelViolation, Case: 17, Operations: []string{"a"},
		Message:  "no single execution explains account-1.balance",
		Expected: []string{"account-1.balance = 95"}, Observed: []string{"account-1.balance = 90"},
	})
	d.Script = "idemcheck-out/20260102-030405/counterexample/curl.sh"
	d.Verdict.Counterexample.Case, d.Verdict.Counterexample.Scenario = 17, "response-lost"
	d.Verdict.Counterexample.Declared = model.State{"account-1.balance": 95.0}
	d.Verdict.Further = []verdict.Counterexample{
		{
			Operations: 2, Attempts: 2, Reproduced: 5, Replays: 5, Rule: "over-deduplication", Case: 8,
			Scenario: "colliding-keys", Message: "operation b was answered with the payment of operation a",
			Plan: "idemcheck-out/20260102-030405/counterexample-2/plan.json",
		},
		{
			Operations: 1, Attempts: 1, Faults: 1, Rule: "stuck-key", Case: 31, Scenario: "disconnects",
			Message: "operation a gets 409 for ever",
		},
	}
	d.Replays = []string{
		"idemcheck replay idemcheck-out/20260102-030405/counterexample-2/plan.json",
	}
	d.Scenarios = []ScenarioTally{
		{Name: "response-lost", Cases: 40, Elapsed: ms(1200), Violations: d.Verdict.Violations},
		{Name: "repeat", Cases: 80, Elapsed: ms(1900)},
	}
	return d
}

func raceHistory() model.History {
	t := tape{model.History{Case: 3, Scenario: "race", Seed: 42}}
	t.Operations = []model.Operation{pay("a", 0, "", "key-77")}
	for n := 1; n <= 4; n++ {
		t.invoke(0.1*float64(n), "a", n)
	}
	for n := 1; n <= 4; n++ {
		t.sent(2+0.01*float64(n), "a", n)
	}
	t.fault(2.1, fault.Fault{
		Kind: fault.ConcurrentDuplicate, Operation: "a", Attempt: 1, Copies: 4,
	}, true)
	busy := model.Answer{Status: 409, Body: "busy"}
	for n, a := range []model.Answer{created("pay_1"), created("pay_2"), busy, created("pay_1")} {
		t.answered(5+float64(n), "a", n+1, a)
		t.read(5.1+float64(n), "a", n+1, a)
	}
	r := t.add(9, model.Raced, "a", 1)
	r.Copies, r.Overlap = 4, ms(2.96)
	t.effect(20, "mark-a")
	t.effect(20, "mark-a")
	return t.History
}

func raceDocument() Document {
	d := invalid(document(judged(verdict.Invalid)), raceHistory(), "duplicate-effect")
	d.Verdict.Counterexample.Attempts, d.Verdict.Counterexample.Reproduced = 4, 3
	d.Verdict.Violations = []verdict.Violation{{
		Rule: "duplicate-effect", Level: verdict.LevelViolation, Case: 3, Operations: []string{"a"},
		Message:  "charge of operation a happened 2 times, and was declared once",
		Expected: []string{"charge of a, once"},
		Observed: []string{"charge ch_1 of a", "charge ch_2 of a"},
	}}
	d.Scenarios = []ScenarioTally{{Name: "race", Cases: 12, Violations: d.Verdict.Violations}}
	return d
}

// tenantsHistory has two clients of two tenants that chose the same key; one request arrives late,
// one is sent twice by the network.
func tenantsHistory() model.History {
	t := tape{model.History{Case: 8, Scenario: "tenants", Seed: 42}}
	t.Operations = []model.Operation{pay("a", 0, "red", "key-9"), pay("b", 1, "blue", "key-9")}
	t.invoke(0, "a", 1)
	t.invoke(0.2, "b", 1)
	t.sent(0.6, "b", 1)
	t.again(0.7, "b", 1)
	t.answered(2, "b", 1, created("pay_b"))
	t.read(2.1, "b", 1, created("pay_b"))
	t.fault(100, fault.Fault{
		Kind: fault.LateArrival, Mode: fault.Upstream, Operation: "a", Attempt: 1,
		Span: value.Duration(ms(150)),
	}, true)
	t.failed(100, "a", 1, "timeout")
	t.invoke(110, "a", 2)
	t.sent(110.2, "a", 2)
	t.answered(111, "a", 2, model.Answer{Status: 201, ReplayMarker: true, Body: created("pay_b").Body})
	t.read(111.1, "a", 2, model.Answer{Status: 201, ReplayMarker: true, Body: created("pay_b").Body})
	t.sent(150.4, "a", 1)
	t.answered(151, "a", 1, model.Answer{
		Status: 409, Body: "{\"title\":\"in flight\"}\x1b[31m\n",
		Headers: map[string]string{"Retry-After": "1"},
	})
	t.effect(170, "mark-b")
	e := t.add(171, model.LookedUp, "b", 1)
	e.Name, e.Exists = "pay_b", true
	t.add(172, model.Unreadable, "", 0).Err = "500 for the ledger refunds"
	return t.History
}

func tenantsDocument() Document {
	d := invalid(document(judged(verdict.Invalid)), tenantsHistory(), "foreign-replay")
	d.Verdict.Violations = []verdict.Violation{{
		Rule: "foreign-replay", Level: verdict.LevelViolation, Case: 8, Operations: []string{"a", "b"},
		Message:  "the answer to a (tenant red) names pay_b, which belongs to b (tenant blue)",
		Expected: []string{"an id of its own"}, Observed: []string{"a: pay_b", "b: pay_b"},
		Line: "key.scope: []",
	}}
	d.Notes = []string{"the contract declares no retention"}
	return d
}
