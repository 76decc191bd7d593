package worlds_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness"
	"github.com/idemcheck/idemcheck/harness/campaign"
	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/harness/plan"
	"github.com/idemcheck/idemcheck/model/verdict"
	"github.com/idemcheck/idemcheck/scenarios"
)

// kioskPromises is the contract of the kiosk below, which fails by itself for an amount of 666.
const kioskPromises = `
version: 1
name: kiosk
target: {url: "http://kiosk.test", timeout: 100ms}
key: {header: Idempotency-Key, quoted: false}
promises:
  mismatch: [422]
  in_flight: [423]
  transient: [503]
  recovery: 500ms
operations:
  sell:
    path: /sales
    args: {amount: {min: 1, max: 100}}
    fails_when: [{args: {amount: 666}, answers: [500]}]
    body: {amount: "{amount}", reference: "{mark}"}
    ok: [201]
    answer: {identity: id}
    effects: [{ledger: sales, fields: {amount: amount}}]
ledgers:
  sales: {path: /sales, mark: reference, id: id}
`

// slip is what the kiosk keeps of a key.
type slip struct {
	asked  string
	busy   bool
	failed int
	answer *said
}

// kiosk sells once for every key, and fails in its own way.
type kiosk struct {
	kioskWays
	mu sync.Mutex
	// sold and slips are protected by mu.
	sold  []map[string]any
	slips map[string]*slip
}

// kioskWays are how a kiosk fails and what it makes of that.
type kioskWays struct {
	// after: it fails when the sale was made. once: only the first time. numbered: no two failures
	// have one body.
	after, once, numbered bool
	// stores: a failure is replayed. refuses: one is refused ever after with 409.
	stores, refuses bool
	// executes: all repeats are executed. wraps: replays are enveloped; strays: with another id.
	executes, wraps, strays bool
}

// ServeHTTP sells or lists.
func (k *kiosk) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		said{status: 400}.write(w)
		return
	}
	if r.Method == http.MethodGet {
		k.list().write(w)
		return
	}
	s, known := k.begin(r.Header.Get("Idempotency-Key"), string(body))
	if known != nil {
		known.write(w)
		return
	}
	<-time.After(work)
	k.end(s, string(body)).write(w)
}

func (k *kiosk) list() said {
	k.mu.Lock()
	defer k.mu.Unlock()
	list, _ := json.Marshal(k.sold) // plain data
	return said{status: 200, body: string(list)}
}

// begin takes a key, or says what is known of it.
func (k *kiosk) begin(key, body string) (*slip, *said) {
	k.mu.Lock()
	defer k.mu.Unlock()
	s := k.slips[key]
	switch {
	case s == nil:
		s = &slip{asked: body}
		k.slips[key] = s
	case s.asked != body:
		return nil, &said{status: 422}
	case s.busy:
		return nil, &said{status: 423}
	case s.answer != nil && !k.executes:
		return nil, k.replayed(*s.answer)
	case s.failed > 0 && k.refuses:
		return nil, &said{status: 409}
	}
	s.busy = true
	return s, nil
}

// replayed is a stored answer as it is given again.
func (k *kiosk) replayed(first said) *said {
	if k.strays {
		first.body = strings.Replace(first.body, "s", "t", 1)
	}
	if k.wraps {
		first.body = `{"replayed":true,"data":` + first.body + `}`
	}
	return &first
}

// end sells, or fails.
func (k *kiosk) end(s *slip, body string) said {
	k.mu.Lock()
	defer k.mu.Unlock()
	s.busy = false
	var in map[string]any
	_ = json.Unmarshal([]byte(body), &in) // the harness sends JSON
	if fails := in["amount"] == 666.0 && (!k.once || s.failed == 0); fails {
		s.failed++
		if k.after {
			k.sell(in)
		}
		out := said{status: 500, body: "broken"}
		if k.numbered {
			out.body += fmt.Sprint(s.failed)
		}
		if k.stores {
			s.answer = &out
		}
		return out
	}
	s.answer = &said{status: 201, body: fmt.Sprintf(`{"id":%q}`, k.sell(in))}
	return *s.answer
}

func (k *kiosk) sell(in map[string]any) (id string) {
	id = fmt.Sprintf("s%d", len(k.sold)+1)
	in["id"] = id
	k.sold = append(k.sold, in)
	return id
}

// kioskCase is one way to fail under one promise, and the rule that it breaks: "" for none.
type kioskCase struct {
	name, rule string
	kioskWays
	// promises are added to the contract. noted: the verdict says what the promise costs.
	promises string
	noted    bool
}

func kioskCases() []kioskCase {
	const replayed, executed = "failures: replayed", "failures: executed"
	const refused, enveloped = "failures: refused, failed: [409]", "replay_body: data"
	return []kioskCase{
		{name: "fails before its work", kioskWays: kioskWays{}},
		{
			name: "fails after its work and works again", rule: "duplicate-effect",
			kioskWays: kioskWays{after: true},
		},
		{
			name: "fails once after its work and works again", rule: "duplicate-effect",
			kioskWays: kioskWays{after: true, once: true},
		},
		{name: "fails once before its work", kioskWays: kioskWays{once: true}},
		{name: "fails after its work and stores that", kioskWays: kioskWays{after: true, stores: true}},

		{name: "stored", promises: replayed, kioskWays: kioskWays{after: true, stores: true}},
		{
			name: "stored, which it is not", promises: replayed, rule: "error-caching",
			kioskWays: kioskWays{once: true},
		},
		{
			name: "stored, and made anew", promises: replayed, rule: "error-caching",
			kioskWays: kioskWays{numbered: true},
		},

		{
			name: "executed again", promises: executed, noted: true,
			kioskWays: kioskWays{after: true, once: true},
		},
		{name: "executed again, and nothing was done", promises: executed, kioskWays: kioskWays{once: true}},
		{
			name: "executed again, like everything", promises: executed, rule: "key-ignored",
			noted: true, kioskWays: kioskWays{after: true, executes: true},
		},

		{name: "refused", promises: refused, kioskWays: kioskWays{after: true, refuses: true}},
		{
			name: "refused, which nobody promised", rule: "stuck-key",
			kioskWays: kioskWays{refuses: true},
		},
		{
			name: "refused, but executed", promises: refused, rule: "duplicate-effect",
			kioskWays: kioskWays{after: true},
		},

		{name: "enveloped", promises: enveloped, kioskWays: kioskWays{stores: true, wraps: true}},
		{
			name: "enveloped, which nobody promised", rule: "divergent-replay",
			kioskWays: kioskWays{wraps: true},
		},
		{
			name: "enveloped, with another name in it", promises: enveloped, rule: "divergent-replay",
			kioskWays: kioskWays{wraps: true, strays: true},
		},
	}
}

// TestServicesThatFailByThemselves with default settings in memory.
func TestServicesThatFailByThemselves(t *testing.T) {
	for _, c := range kioskCases() {
		t.Run(c.name, func(t *testing.T) {
			for seed := 1; seed <= number(t, seedsVariable, 1); seed++ {
				c.check(t, uint64(seed))
			}
		})
	}
}

// check runs the kiosk.
func (c kioskCase) check(t *testing.T, seed uint64) {
	t.Helper()
	text := kioskPromises
	for promise := range strings.SplitSeq(c.promises, ", ") {
		text = strings.Replace(text, "promises:\n", "promises:\n  "+promise+"\n", 1)
	}
	parsed, err := contract.Parse("kiosk.yaml", []byte(text))
	require.NoError(t, err)
	result, err := campaign.Run(t.Context(), campaign.Options{
		Contract: parsed, Limits: campaign.Limits{Parallel: runtime.GOMAXPROCS(0)},
		Plan: drawFrom(t, plan.Options{
			Contract: parsed, Scenarios: scenarios.HTTP(), Seed: seed, Cases: 3 * len(scenarios.HTTP()),
		}),
		Place: harness.Virtual(t, harness.Handler(func(*harness.Env) http.Handler {
			return &kiosk{kioskWays: c.kioskWays, slips: map[string]*slip{}}
		})),
	})
	require.NoError(t, err)
	v := result.Verdict
	notes := 0
	rules := map[string]bool{}
	for _, found := range v.Violations {
		if found.Level == verdict.LevelNote {
			notes++
		} else {
			rules[found.Rule] = true
		}
	}
	require.Equal(t, c.noted, notes > 0, "seed %d", seed)
	if c.rule == "" {
		require.Equal(t, verdict.Valid, v.Verdict, "seed %d: %v %v", seed, v.Reasons, v.Violations)
		return
	}
	require.Equal(t, verdict.Invalid, v.Verdict, "seed %d: %v", seed, v.Reasons)
	require.True(t, rules[c.rule], "seed %d: %v", seed, rules)
}
