// Package hostile is a small payment service that is right, except that in one exchange it answers
// as a broken or hostile service may: with too much, too slowly, with what is no HTTP, or with text
// that a terminal would obey.
package hostile

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
)

// Exchange is something that a client asks of the service.
type Exchange string

// The exchanges: an operation, making a resource, the ledger, the state, and looking up what an
// answer names.
const (
	Operation Exchange = "operation"
	Setup     Exchange = "setup"
	Ledger    Exchange = "ledger"
	Read      Exchange = "read"
	Lookup    Exchange = "lookup"
)

// Exchanges lists all exchanges.
func Exchanges() []Exchange { return []Exchange{Operation, Setup, Ledger, Read, Lookup} }

// Handler is the service: it plays a Trick in one Exchange, and answers rightly in all others.
type Handler struct {
	Trick    Trick
	Exchange Exchange
	mu       sync.Mutex
	// balances, made and answers are protected by mu; answers are by key.
	balances map[string]int
	made     []payment
	answers  map[string]stored
}

// New makes a service without accounts.
func New(t Trick, e Exchange) *Handler {
	return &Handler{Trick: t, Exchange: e, balances: map[string]int{}, answers: map[string]stored{}}
}

type payment struct {
	ID        string `json:"id"`
	Account   string `json:"account"`
	Amount    int    `json:"amount"`
	Reference string `json:"reference"`
	Key       string `json:"key"`
	Balance   int    `json:"balance"`
}

// stored is an answer as it was first given.
type stored struct {
	sent, body string
	status     int
}

// ServeHTTP implements [http.Handler].
func (s *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // a body that broke off is nobody's payment
	}
	exchange, status, right := s.right(w, r, string(body))
	if exchange == s.Exchange {
		s.Trick.Serve(w, r, RightAnswer{status, right})
		return
	}
	w.WriteHeader(status)
	_, _ = io.WriteString(w, right) //nolint:gosec // nobody looks at it in a browser
}

// right does what was asked for, and returns what a right service answers.
func (s *Handler) right(
	w http.ResponseWriter, r *http.Request, body string,
) (exchange Exchange, status int, text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case r.Method == http.MethodPost:
		exchange = Operation
		if r.URL.Path == "/accounts" {
			exchange = Setup
		}
		status, text = s.once(w, r, body)
		return exchange, status, text
	case strings.HasPrefix(r.URL.Path, "/accounts/"):
		balance := s.balances[strings.TrimPrefix(r.URL.Path, "/accounts/")]
		return Read, http.StatusOK, fmt.Sprintf(`{"balance": %d}`, balance)
	case strings.HasPrefix(r.URL.Path, "/payments/"):
		status, text = s.find(strings.TrimPrefix(r.URL.Path, "/payments/"))
		return Lookup, status, text
	}
	list := []payment{}
	for _, one := range s.made {
		if one.Account == r.URL.Query().Get("account") {
			list = append(list, one)
		}
	}
	return Ledger, http.StatusOK, jsonOf(map[string]any{"payments": list})
}

// once executes, or repeats what the key has been answered.
func (s *Handler) once(
	w http.ResponseWriter, r *http.Request, body string,
) (status int, text string) {
	key, sent := r.Header.Get("Idempotency-Key"), r.URL.Path+body
	if key == "" || len(key) > 255 {
		return http.StatusBadRequest, `{"error": "no key, or too long a one"}`
	}
	first, known := s.answers[key]
	if known && first.sent != sent {
		return http.StatusBadRequest, `{"error": "another payload"}`
	}
	if known {
		w.Header().Set("Idempotent-Replayed", "true")
	} else {
		first = stored{sent: sent}
		first.status, first.body = s.execute(r.URL.Path, key, body)
		s.answers[key] = first
	}
	return first.status, first.body
}

// execute makes an account or a payment.
func (s *Handler) execute(path, key, body string) (status int, answer string) {
	now := payment{ID: fmt.Sprintf("p%d", len(s.made)), Key: key}
	if err := json.Unmarshal([]byte(body), &now); err != nil {
		return http.StatusBadRequest, `{"error": "not JSON"}`
	}
	if path == "/accounts" {
		id := fmt.Sprintf("acc%d", len(s.balances))
		s.balances[id] = now.Balance
		return http.StatusCreated, fmt.Sprintf(`{"id": %q}`, id)
	}
	if s.balances[now.Account] < now.Amount {
		return http.StatusPaymentRequired, `{"error": "not enough"}`
	}
	s.balances[now.Account] -= now.Amount
	now.Balance = s.balances[now.Account]
	s.made = append(s.made, now)
	return http.StatusCreated, jsonOf(now)
}

// find shows one payment.
func (s *Handler) find(id string) (status int, text string) {
	for _, one := range s.made {
		if one.ID == id {
			return http.StatusOK, jsonOf(one)
		}
	}
	return http.StatusNotFound, `{"error": "no such payment"}`
}

func jsonOf(v any) string {
	out, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(out)
}
