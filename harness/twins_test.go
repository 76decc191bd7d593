package harness_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness"
	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/internal/sweep"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// shopPromises is the contract of the shop below. Its operations have bodies of one form and leave
// the same in its ledger, so that method, path and tenant alone tell twins apart.
const shopPromises = `
version: 1
name: shop
target: {url: "http://shop.test", timeout: 100ms}
tenants:
  anna: {headers: {Shop-User: anna}}
  bert: {headers: {Shop-User: bert}}
key: {header: Idempotency-Key, quoted: false, required: true, scope: [tenant, route]}
promises: {missing: [400], mismatch: [422], replay: same-body}
resources:
  basket:
    create: {path: /baskets, body: {id: "{unique}"}, ok: [201]}
    id: id
    read: {path: "/baskets/{id}"}
    state: {count: {field: count, initial: 0}}
operations:
  buy:
    path: /orders
    args: &args {basket: {resource: basket}, pieces: {min: 1, max: 9}}
    body: &body {basket: "{basket}", pieces: "{pieces}", reference: "{mark}"}
    ok: [201]
    answer: &answer {identity: id}
    then: &then {basket.count: basket.count + pieces}
    effects: &effects [{ledger: orders, resource: basket, fields: {pieces: pieces}}]
  rent:
    {method: PUT, path: /orders, args: *args, body: *body, ok: [201], answer: *answer, then: *then,
     effects: *effects}
  give:
    {path: /gifts, args: *args, body: *body, ok: [201], answer: *answer, then: *then,
     effects: *effects}
ledgers:
  orders: {path: "/orders?basket={id}", per: basket, items: orders, key: key, mark: reference, id: id}
`

func shopContract(t testing.TB, change ...func(*model.Contract)) *model.Contract {
	t.Helper()
	c, err := contract.Parse("shop.yaml", []byte(shopPromises))
	require.NoError(t, err)
	for _, f := range change {
		f(c)
	}
	return c
}

// order is what is asked of the shop, and what it keeps.
type order struct {
	ID        string `json:"id"`
	Key       string `json:"key"`
	Basket    string `json:"basket"`
	Reference string `json:"reference"`
	Pieces    int64  `json:"pieces"`
}

// shop takes orders, once for every key unless told otherwise.
type shop struct {
	// identity is what makes two requests one; "" is no protection.
	identity func(r *http.Request) string
	// content is what must then be equal.
	content func(order) string
	// global says that tenants share the names of baskets, taken that a second one is refused.
	global, taken bool
	// refuses may refuse a key, hangs may never answer one.
	refuses func(key string) int
	hangs   func(key string) bool
}

// ofKey is the identity of a right shop.
func ofKey(r *http.Request) string {
	return key(r, r.Header.Get("Shop-User")+" "+r.Method+" "+r.URL.Path+" ")
}

// key is the key of a request behind its scope; "" when it has none.
func key(r *http.Request, scope string) string {
	if k := r.Header.Get("Idempotency-Key"); k != "" {
		return scope + k
	}
	return ""
}

// ofBody is the content of a right shop.
func ofBody(o order) string { return fmt.Sprint(o.Basket, " ", o.Pieces, " ", o.Reference) }

// open makes a target of a shop.
func (s shop) open() harness.Target {
	return harness.Handler(func(*harness.Env) http.Handler { return s.serve() })
}

// serve opens a shop in which nothing was sold yet.
func (s shop) serve() http.Handler {
	c := &counter{shop: s, open: make(chan *stock, 1)}
	c.open <- &stock{orders: map[string][]order{}, done: map[string]sold{}, names: map[string]bool{}}
	return c
}

// counter is an open shop. The channel holds what is in it: a mutex would stop virtual time.
type counter struct {
	shop
	open chan *stock
}

// stock is the orders in each basket, and what was done under each identity.
type stock struct {
	orders map[string][]order
	done   map[string]sold
	names  map[string]bool
	count  int
}

type sold struct {
	order
	content string
}

// ServeHTTP implements [http.Handler].
func (c *counter) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if c.hangs != nil && c.hangs(r.Header.Get("Idempotency-Key")) {
		_, _ = io.Copy(io.Discard, r.Body) // only then is it seen that the client leaves
		<-r.Context().Done()
		return
	}
	in := <-c.open
	defer func() { c.open <- in }()
	owner := r.Header.Get("Shop-User") + "/"
	if c.global {
		owner = ""
	}
	var asked order
	if r.Method != http.MethodGet && json.NewDecoder(r.Body).Decode(&asked) != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	basket := in.orders[owner+strings.TrimPrefix(r.URL.Path, "/baskets/")]
	switch {
	case r.Method == http.MethodGet && r.URL.Path == "/orders":
		show(w, http.StatusOK, map[string]any{"orders": in.orders[owner+r.URL.Query().Get("basket")]})
	case r.Method == http.MethodGet:
		show(w, http.StatusOK, map[string]any{"count": pieces(basket)})
	case r.URL.Path == "/baskets" && c.taken && in.names[owner+asked.ID]:
		w.WriteHeader(http.StatusConflict)
	case r.URL.Path == "/baskets":
		in.names[owner+asked.ID] = true
		show(w, http.StatusCreated, asked)
	default:
		c.sell(w, r, in, asked, owner+asked.Basket)
	}
}

func pieces(orders []order) (sum int64) {
	for _, o := range orders {
		sum += o.Pieces
	}
	return sum
}

// sell answers what it answered before, or takes an order.
func (c *counter) sell(w http.ResponseWriter, r *http.Request, in *stock, o order, basket string) {
	o.Key = r.Header.Get("Idempotency-Key")
	if c.refuses != nil {
		if status := c.refuses(o.Key); status != 0 {
			w.WriteHeader(status)
			return
		}
	}
	identity, content := c.identity(r), c.content(o)
	before, known := in.done[identity]
	switch {
	case identity != "" && known && before.content != content:
		w.WriteHeader(http.StatusUnprocessableEntity)
	case identity != "" && known:
		show(w, http.StatusCreated, before.order)
	default:
		<-time.After(time.Millisecond) // in virtual time
		in.count++
		o.ID = fmt.Sprintf("order-%d-", in.count)
		in.orders[basket] = append(in.orders[basket], o)
		in.done[identity] = sold{o, content}
		show(w, http.StatusCreated, o)
	}
}

// shopping runs scenarios against a shop and returns the verdict.
func shopping(
	t *testing.T, c *model.Contract, s shop, seed uint64, names ...string,
) verdict.Verdict {
	t.Helper()
	of := named(t, names...)
	res, err := harness.Try(t, harness.Suite{
		Contract: c, Scenarios: of, Cases: 8 * len(of), KeepGoing: true, Seed: seed,
	}, s.open())
	require.NoError(t, err)
	return res.Verdict
}

// seeds are on how many seeds, from 1 on, a mistake must be found and a right service must not, and
// someSeeds on how many of them that is tried every day.
const seeds, someSeeds = 10, 1

// TestTwinsDifferInTheirScopeAlone: what a service leaves out of the scope of its keys is seen also
// where it compares the bodies.
func TestTwinsDifferInTheirScopeAlone(t *testing.T) {
	withoutMethod := func(r *http.Request) string {
		return key(r, r.Header.Get("Shop-User")+" "+r.URL.Path+" ")
	}
	withoutPath := func(r *http.Request) string {
		return key(r, r.Header.Get("Shop-User")+" "+r.Method+" ")
	}
	withoutTenant := func(r *http.Request) string { return key(r, r.Method+" "+r.URL.Path+" ") }
	withoutBasket := func(o order) string { return fmt.Sprint(o.Pieces, " ", o.Reference) }
	for name, tt := range map[string]struct {
		shop     shop
		scenario string
		broken   string
	}{
		"right": {shop: shop{identity: ofKey, content: ofBody}},
		"without the method": {
			shop{identity: withoutMethod, content: ofBody}, "routes-share-a-key", "foreign-replay",
		},
		"without the path": {
			shop{identity: withoutPath, content: ofBody}, "routes-share-a-key", "foreign-replay",
		},
		"without the tenant": {
			shop{identity: withoutTenant, content: ofBody}, "tenants-share-a-key", "foreign-replay",
		},
		"without the basket": {
			shop{identity: ofKey, content: withoutBasket}, "resources-share-a-key", "payload-mismatch",
		},
	} {
		t.Run(name, func(t *testing.T) {
			for seed := range uint64(sweep.Of(someSeeds, seeds)) {
				if tt.broken == "" {
					v := shopping(t, shopContract(t), tt.shop, seed+1, "routes-share-a-key",
						"tenants-share-a-key", "resources-share-a-key")
					require.Equal(t, verdict.Valid, v.Verdict, "%v %v", v.Reasons, v.Violations)
					continue
				}
				v := shopping(t, shopContract(t), tt.shop, seed+1, tt.scenario)
				require.Equal(t, verdict.Invalid, v.Verdict, "%v", v.Reasons)
				require.True(t, rulesOf(v)[tt.broken], "%v", v.Violations)
			}
		})
	}
}

// TestTenantsWhoShareNames: a service in which the name of a basket is one for all tenants is
// right, and is wrong when it forgets the tenant of a key.
func TestTenantsWhoShareNames(t *testing.T) {
	withoutTenant := func(r *http.Request) string { return key(r, r.Method+" "+r.URL.Path+" ") }
	for name, tt := range map[string]struct {
		shop   shop
		broken string
	}{
		"right":            {shop{identity: ofKey, content: ofBody, global: true}, ""},
		"right, and taken": {shop{identity: ofKey, content: ofBody, global: true, taken: true}, ""},
		"without the tenant": {
			shop{identity: withoutTenant, content: ofBody, global: true}, "over-deduplication",
		},
	} {
		t.Run(name, func(t *testing.T) {
			for seed := range uint64(sweep.Of(someSeeds, seeds)) {
				v := shopping(t, shopContract(t), tt.shop, seed+1, "tenants-share-a-key", "concurrent-clients",
					"mixed-faults")
				if tt.broken == "" {
					require.Equal(t, verdict.Valid, v.Verdict, "%v %v", v.Reasons, v.Violations)
					continue
				}
				require.Equal(t, verdict.Invalid, v.Verdict, "%v", v.Reasons)
				require.True(t, rulesOf(v)[tt.broken], "%v", v.Violations)
				require.False(t, rulesOf(v)["orphan-effect"], "%v", v.Violations)
			}
		})
	}
}

// TestTwinsOnTwoRoutesHaveOneBody as far as both have the same fields.
func TestTwinsOnTwoRoutesHaveOneBody(t *testing.T) {
	c := promised(t)
	for seed := range uint64(60) {
		one := drawn(t, c, seed, named(t, "routes-share-a-key")...).Cases[0]
		a, b := one.Operations[0], one.Operations[1]
		require.Equal(t, a.CorrelationID, b.CorrelationID)
		for name, value := range a.Args {
			of, both := c.Operations[b.Type].Args[name]
			if n, number := value.(int64); number && (n < of.Min || n > of.Max) {
				continue
			}
			require.True(t, !both || b.Args[name] == value, "%s of %v and %v", name, a, b)
		}
	}
	c = shopContract(t)
	for seed := range uint64(20) {
		ops := drawn(t, c, seed, named(t, "routes-share-a-key")...).Cases[0].Operations
		require.Equal(t, ops[0].Args, ops[1].Args)
	}
}
