package desk_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/campaign"
	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/harness/worlds/internal/both"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// shop puts carts and tokens before the orders of a desk: an order is that of a cart that has an item.
type shop struct {
	desk   *desk
	mu     sync.Mutex
	carts  map[string]map[string]string
	tokens int
	// closed refuses items.
	closed bool
}

func newShop(change func(*shop)) func() *desk {
	return func() *desk {
		s := &shop{desk: newDesk(), carts: map[string]map[string]string{}}
		s.desk.admit = s.serve
		change(s)
		return s.desk
	}
}

// serve answers what has to do with carts and tokens.
func (s *shop) serve(w http.ResponseWriter, r *http.Request) bool {
	parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	switch {
	case r.Method != http.MethodPost || parts[0] != "carts" && parts[0] != "tokens":
		return parts[0] == "orders" && r.Method == http.MethodPost && s.unknownToken(w, r)
	case parts[0] == "tokens":
		s.mu.Lock()
		defer s.mu.Unlock()
		s.tokens++
		reply(w, http.StatusCreated, fmt.Sprintf(`{"token":"token-%d"}`, s.tokens))
	case len(parts) == 1:
		s.mu.Lock()
		defer s.mu.Unlock()
		id := fmt.Sprintf("c-%d", len(s.carts)+1)
		s.carts[id] = read(r)
		w.Header().Set("Location", "/carts/"+id)
		reply(w, http.StatusCreated, "")
	case parts[2] == "items":
		s.add(w, parts[1], read(r)["amount"])
	default:
		s.order(w, r, parts[1])
	}
	return true
}

// unknownToken refuses a key that was not handed out, where any was.
func (s *shop) unknownToken(w http.ResponseWriter, r *http.Request) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	var n int
	_, err := fmt.Sscanf(r.Header.Get("Idempotency-Key"), "token-%d", &n)
	if s.tokens == 0 || err == nil && n <= s.tokens {
		return false
	}
	reply(w, http.StatusNotFound, `{}`)
	return true
}

func (s *shop) add(w http.ResponseWriter, cart, amount string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || s.carts[cart] == nil {
		reply(w, http.StatusNotFound, `{"error":"nothing can be added"}`)
		return
	}
	s.carts[cart]["amount"] = amount
	reply(w, http.StatusOK, `{"items":1}`)
}

// order takes the order of a cart, with the number of items that the cart was said to have.
func (s *shop) order(w http.ResponseWriter, r *http.Request, cart string) {
	said := read(r)
	s.mu.Lock()
	has := s.carts[cart]
	s.mu.Unlock()
	if has["amount"] == "" || said["items"] != "1" {
		reply(w, http.StatusNotFound, `{}`)
		return
	}
	s.desk.order(w, r.Header.Get("Idempotency-Key"), map[string]string{
		"account": has["account"], "reference": said["reference"], "amount": has["amount"],
	})
}

// byCart is an order of what is in a cart.
const byCart = `before:
      - name: create cart
        path: /carts
        form: {account: "{account}"}
        capture: {cart: {header: Location}}
      - name: add item
        path: "/carts/{cart}/items"
        form: {amount: "{amount}"}
        capture: {items: {body: items}}
    form: {reference: "{mark}", items: "{items}"}`

// cartPromise is the contract of a desk whose orders are those of carts.
func cartPromise(t *testing.T) *model.Contract {
	t.Helper()
	c := deskPromise(t, byCart, asked, "")
	o := c.Operations["order"]
	o.Path = "/carts/{cart}/orders"
	c.Operations["order"] = o
	require.NoError(t, contract.Check(c))
	return c
}

func TestAnOrderNeedsACartThatWasFilledBefore(t *testing.T) {
	deskWorlds(t, cartPromise(t), newShop(func(*shop) {}), both.IsValid)
}

func TestADuplicateOrderOfACartIsFound(t *testing.T) {
	deskWorlds(t, cartPromise(t), newShop(func(s *shop) { s.desk.forgets = true }),
		both.Breaks("duplicate-effect"))
}

func TestAStepThatFailsIsUnknown(t *testing.T) {
	deskWorlds(t, cartPromise(t), newShop(func(s *shop) { s.closed = true }),
		func(t *testing.T, r *campaign.RunResult) {
			require.Equal(t, verdict.Unknown, r.Verdict.Verdict, "%v", r.Verdict.Violations)
			require.Contains(t, fmt.Sprint(r.Verdict.Reasons), "operations.order.before.1")
			require.Contains(t, fmt.Sprint(r.Verdict.Reasons), "nothing can be added")
		})
}

// tokenPromise is the contract of a desk that makes the keys of its orders.
func tokenPromise(t *testing.T) *model.Contract {
	t.Helper()
	c := deskPromise(t, `before: [{path: /tokens, capture: {token: {body: token}}}]
    `+asForm, asked, "")
	c.Key.From = "token"
	require.NoError(t, contract.Check(c))
	return c
}

func TestTheServiceMakesTheKeys(t *testing.T) {
	deskWorlds(t, tokenPromise(t), newShop(func(*shop) {}), both.IsValid)
}

func TestADuplicateUnderAKeyOfTheServiceIsFound(t *testing.T) {
	deskWorlds(t, tokenPromise(t), newShop(func(s *shop) { s.desk.forgets = true }),
		both.Breaks("duplicate-effect"))
}
