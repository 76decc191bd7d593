package harness_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness"
	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/harness/plan"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// tillPromises is the contract of the till below: jars, into which coins are dropped.
const tillPromises = `
version: 1
name: till
target: {url: "http://till.test", timeout: 100ms}
key: {header: Idempotency-Key, quoted: false, required: true, scope: [tenant]}
promises: {mismatch: [422], transient: [502, 503, 504], replay: same-body}
resources:
  jar:
    create: {path: /jars, body: {id: "{unique}"}, ok: [201]}
    id: id
    read: {path: "/jars/{id}"}
    state: {coins: {field: coins, initial: 0}}
operations:
  drop:
    path: /jars/{jar}/coins
    args: {jar: {resource: jar}, amount: {min: 1, max: 9}}
    body: {amount: "{amount}", reference: "{mark}"}
    ok: [201]
    refused: [404]
    answer: {identity: id, fields: {amount: amount}}
    then: {jar.coins: jar.coins + amount}
    effects: [{ledger: drops, resource: jar, fields: {amount: amount}}]
ledgers:
  drops: {path: "/jars/{id}/coins", per: jar, items: drops, key: key, mark: reference, id: id}
`

// tillContract parses the till's contract; change may change it first.
func tillContract(t testing.TB, change ...func(*model.Contract)) *model.Contract {
	t.Helper()
	c, err := contract.Parse("till.yaml", []byte(tillPromises))
	require.NoError(t, err)
	for _, f := range change {
		f(c)
	}
	return c
}

// coins is what is dropped, and what became of it.
type coins struct {
	ID        string `json:"id"`
	Key       string `json:"key"`
	Reference string `json:"reference"`
	Token     string `json:"token,omitempty"`
	Amount    int64  `json:"amount"`
	jar       string
}

// till counts coins in jars, once for every key unless told otherwise.
type till struct {
	// identity is what makes two requests one, and content what must then be equal.
	identity, content func(r *http.Request, c coins) string
	// work is how long a drop takes.
	work time.Duration
}

// byKey is the identity of a right till, byPath and byAmount are contents.
func byKey(_ *http.Request, c coins) string { return c.Key }

func byPath(r *http.Request, c coins) string { return r.URL.Path + byAmount(r, c) }

func byAmount(_ *http.Request, c coins) string { return fmt.Sprint(c.Amount, c.Reference) }

// open makes a target of a till. What it keeps does not outlive a crash.
func (s till) open() harness.Target {
	return harness.Handler(func(*harness.Env) http.Handler {
		d := &drawer{till: s, open: make(chan *contents, 1)}
		d.open <- &contents{jars: map[string]bool{}, done: map[string]finished{}}
		return d
	})
}

// drawer is an open till. The channel holds what is in it: a mutex would stop virtual time.
type drawer struct {
	till
	open chan *contents
}

type contents struct {
	jars  map[string]bool
	drops []coins
	done  map[string]finished
}

// finished is a drop and the content that it had.
type finished struct {
	coins
	content string
}

// ServeHTTP implements [http.Handler].
func (d *drawer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	in := <-d.open
	defer func() { d.open <- in }()
	parts := strings.Split(r.URL.Path, "/")
	var asked coins
	if r.Method == http.MethodPost && json.NewDecoder(r.Body).Decode(&asked) != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	switch {
	case r.Method == http.MethodPost && len(parts) == 2:
		in.jars[asked.ID] = true
		show(w, http.StatusCreated, asked)
	case r.Method == http.MethodPost:
		asked.Key, asked.jar = r.Header.Get("Idempotency-Key"), parts[2]
		d.drop(w, r, in, asked)
	case len(parts) == 4:
		show(w, http.StatusOK, map[string]any{"drops": in.of(parts[2])})
	default:
		show(w, http.StatusOK, map[string]any{"coins": in.sum(parts[2])})
	}
}

// drop answers what it answered before, or drops coins.
func (d *drawer) drop(w http.ResponseWriter, r *http.Request, in *contents, asked coins) {
	identity, content := d.identity(r, asked), d.content(r, asked)
	before, known := in.done[identity]
	switch {
	case !in.jars[asked.jar]:
		w.WriteHeader(http.StatusNotFound)
	case known && before.content != content:
		w.WriteHeader(http.StatusUnprocessableEntity)
	case known:
		show(w, http.StatusCreated, before.coins)
	default:
		<-time.After(d.work) // in virtual time
		asked.ID = fmt.Sprintf("drop-%d", len(in.drops))
		in.drops = append(in.drops, asked)
		in.done[identity] = finished{asked, content}
		show(w, http.StatusCreated, asked)
	}
}

func (c *contents) of(jar string) []coins {
	out := []coins{}
	for _, drop := range c.drops {
		if drop.jar == jar {
			out = append(out, drop)
		}
	}
	return out
}

func (c *contents) sum(jar string) int64 {
	var sum int64
	for _, drop := range c.of(jar) {
		sum += drop.Amount
	}
	return sum
}

func show(w http.ResponseWriter, status int, v any) {
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // a client that has left will ask again
}

// tried runs scenarios against a till in virtual time and returns the verdict.
func tried(t *testing.T, c *model.Contract, s till, of ...plan.Scenario) verdict.Verdict {
	t.Helper()
	res, err := harness.Try(t, harness.Suite{
		Contract: c, Scenarios: of, Cases: 12 * len(of), KeepGoing: true, Seed: 1,
	}, s.open())
	require.NoError(t, err)
	return res.Verdict
}

// rulesOf lists the rules that a verdict says are broken.
func rulesOf(v verdict.Verdict) map[string]bool {
	out := map[string]bool{}
	for _, violation := range v.Violations {
		out[violation.Rule] = true
	}
	return out
}

func TestOneKeyForTwoResources(t *testing.T) {
	byRoute := func(c *model.Contract) { c.Key.Scope = []string{"tenant", "route"} }
	executed := func(c *model.Contract) { c.Promises.MismatchAnswer = "executed" }
	keyAndPath := func(r *http.Request, c coins) string { return c.Key + r.URL.Path }
	for name, tt := range map[string]struct {
		till   till
		change func(*model.Contract)
		broken string
	}{
		"right":                        {till: till{byKey, byPath, time.Millisecond}},
		"the path is forgotten":        {till: till{byKey, byAmount, time.Millisecond}, broken: "payload-mismatch"},
		"a key for each path":          {till: till{keyAndPath, byAmount, 0}, broken: "payload-mismatch"},
		"a key for each path, allowed": {till: till{keyAndPath, byAmount, 0}, change: executed},
		"a key for each path, as each may be a route": {till: till{keyAndPath, byAmount, 0}, change: byRoute},
		"refused, though each may be a route":         {till: till{byKey, byPath, 0}, change: byRoute},
		"the path is forgotten, though it is a route": {
			till: till{byKey, byAmount, 0}, change: byRoute, broken: "payload-mismatch",
		},
	} {
		t.Run(name, func(t *testing.T) {
			change := tt.change
			if change == nil {
				change = func(*model.Contract) {}
			}
			v := tried(t, tillContract(t, change), tt.till, named(t, "resources-share-a-key")...)
			if tt.broken == "" {
				require.Equal(t, verdict.Valid, v.Verdict, "%v %v", v.Reasons, v.Violations)
				return
			}
			require.Equal(t, verdict.Invalid, v.Verdict, "%v", v.Reasons)
			require.True(t, rulesOf(v)[tt.broken], "%v", v.Violations)
		})
	}
}

func TestTwoOperationsDifferInOneResourceAlone(t *testing.T) {
	c, s := tillContract(t), named(t, "resources-share-a-key")
	for seed := range uint64(40) {
		one := drawn(t, c, seed, s...).Cases[0]
		require.Len(t, one.Operations, 2)
		a, b := one.Operations[0], one.Operations[1]
		require.NotEqual(t, a.Args["jar"], b.Args["jar"])
		require.Equal(t, []any{a.Key, a.CorrelationID, a.Type, a.Tenant, a.Args["amount"], "a"},
			[]any{b.Key, b.CorrelationID, b.Type, b.Tenant, b.Args["amount"], b.Await})
		require.Len(t, one.Resources, 2, "both are made")
	}
	for name, change := range map[string]func(*model.Contract){
		"in the body too": func(c *model.Contract) {
			resend(c, "/jars/{jar}/coins", map[string]any{"jar": "{jar.id}", "reference": "{mark}"})
		},
		"in the body alone": func(c *model.Contract) {
			resend(c, "/coins", map[string]any{"jar": "{jar}", "reference": "{mark}"})
		},
	} {
		require.Empty(t, plan.Applicable(s[0], tillContract(t, change)), name)
	}
	for name, change := range map[string]func(*model.Contract){
		"nowhere": func(c *model.Contract) { resend(c, "/coins", map[string]any{"reference": "{mark}"}) },
		"by another name": func(c *model.Contract) {
			resend(c, "/coins", map[string]any{"jar": "{jar.unique}", "reference": "{mark}"})
		},
	} {
		why := plan.Applicable(s[0], tillContract(t, change))
		require.Contains(t, why, "no operation sends the id of a resource", name)
	}
	c.Promises.Mismatch = nil
	require.Contains(t, plan.Applicable(s[0], c), "promises.mismatch")
}

// resend gives the operation of the till another path and body.
func resend(c *model.Contract, path string, body map[string]any) {
	drop := c.Operations["drop"]
	drop.Path, drop.Body = path, body
	c.Operations["drop"] = drop
}

// A token that a client makes anew for each attempt is no part of what makes two requests one.
func TestATokenOfEachAttempt(t *testing.T) {
	tokens := func(c *model.Contract) {
		drop := c.Operations["drop"]
		drop.Body = map[string]any{"amount": "{amount}", "reference": "{mark}", "token": "{attempt}"}
		c.Operations["drop"] = drop
	}
	withToken := func(_ *http.Request, c coins) string { return c.Key + c.Token }
	all := func(_ *http.Request, c coins) string { return fmt.Sprint(c.Amount, c.Reference, c.Token) }
	for name, tt := range map[string]struct {
		till   till
		broken string
	}{
		"right":                   {till{byKey, byPath, time.Millisecond}, ""},
		"the token identifies":    {till{withToken, byPath, time.Millisecond}, "duplicate-effect"},
		"the token is compared":   {till{byKey, all, time.Millisecond}, "over-deduplication"},
		"one token for all times": {till{withToken, byPath, 0}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			change := tokens
			if strings.HasPrefix(name, "one token") {
				change = func(*model.Contract) {} // then it cannot be seen
			}
			v := tried(t, tillContract(t, change), tt.till, named(t, "lost-answers", "payload-mismatch")...)
			if tt.broken == "" {
				require.Equal(t, verdict.Valid, v.Verdict, "%v %v", v.Reasons, v.Violations)
				return
			}
			require.True(t, rulesOf(v)[tt.broken], "%v %v", v.Reasons, v.Violations)
		})
	}
}

// A gateway that fails in place of the service makes no right service wrong: whatever it says is
// not the service's answer, even where the contract has a meaning for it.
func TestAGatewayThatFails(t *testing.T) {
	undeclared := func(c *model.Contract) { c.Promises.Transient = nil }
	refused := func(c *model.Contract) {
		c.Promises.Transient = nil
		drop := c.Operations["drop"]
		drop.Refused = []int{404, 502, 503, 504}
		c.Operations["drop"] = drop
	}
	attemptsApart := func(r *http.Request, c coins) string { return c.Key + r.Header.Get("Traceparent") }
	for name, tt := range map[string]struct {
		till   till
		change func(*model.Contract)
		broken string
	}{
		"right":             {till{byKey, byPath, 2 * time.Millisecond}, func(*model.Contract) {}, ""},
		"right, undeclared": {till{byKey, byPath, 2 * time.Millisecond}, undeclared, ""},
		"right, refused":    {till{byKey, byPath, 2 * time.Millisecond}, refused, ""},
		"a retry is another": {
			till{attemptsApart, byPath, 2 * time.Millisecond}, func(*model.Contract) {}, "duplicate-effect",
		},
	} {
		t.Run(name, func(t *testing.T) {
			v := tried(t, tillContract(t, tt.change), tt.till, named(t, "gateway-errors")...)
			require.Equal(t, v.Faults.Planned, v.Faults.Fired)
			require.Positive(t, v.Faults.Fired)
			if tt.broken == "" {
				require.Equal(t, verdict.Valid, v.Verdict, "%v %v", v.Reasons, v.Violations)
				return
			}
			require.True(t, rulesOf(v)[tt.broken], "%v %v", v.Reasons, v.Violations)
		})
	}
}
