package wallet_test

import (
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"strings"
	"sync"
	"time"
)

// service keeps wallets and what is paid from them. Its balances and amounts are texts, with a fee
// of one in a hundred that is rounded to cents.
type service struct {
	// forgets loses keys, so that a repeat pays again.
	forgets bool
	// blurred computes balances in floating point of 32 bits.
	blurred bool
	// page answers the list of payments in pages; nil answers all at once.
	page func(w http.ResponseWriter, r *http.Request, all []payment)
	// looks tells repeats by what this returns of a body, not by all of it.
	looks func(said payment) string

	mu       sync.Mutex
	balances map[string]*big.Rat
	paid     []payment
	busy     map[string]bool
	stored   map[string]string
	seen     map[string]string
}

type payment struct {
	Wallet        string        `json:"wallet"`
	Amount        string        `json:"amount"`
	Total         json.Number   `json:"total"`
	Code          string        `json:"code"`
	Parts         []json.Number `json:"parts"`
	CorrelationID string        `json:"mark"`
	ID            string        `json:"id"`
}

func newService() *service {
	return &service{
		balances: map[string]*big.Rat{}, busy: map[string]bool{}, stored: map[string]string{},
		seen: map[string]string{},
	}
}

func (s *service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	whole, err := io.ReadAll(r.Body)
	if err != nil {
		reply(w, http.StatusBadRequest, `{}`) // half a request is none
		return
	}
	switch _, name, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/"); {
	case r.Method == http.MethodPost && name == "":
		s.create(w, whole, r.URL.Path, r.Header.Get("Idempotency-Key"))
	case strings.HasSuffix(name, "/payments"):
		s.list(w, r, strings.TrimSuffix(name, "/payments"))
	default:
		s.mu.Lock()
		defer s.mu.Unlock()
		reply(w, http.StatusOK, fmt.Sprintf(`{"balance":%q}`, s.balances[name].FloatString(2)))
	}
}

func (s *service) create(w http.ResponseWriter, body []byte, path, key string) {
	var said payment
	var name struct{ Name string }
	if json.Unmarshal(body, &said) != nil || json.Unmarshal(body, &name) != nil {
		reply(w, http.StatusBadRequest, `{}`)
		return
	}
	if path == "/wallets" {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.balances[name.Name], _ = new(big.Rat).SetString("90000000000000.00")
		reply(w, http.StatusCreated, fmt.Sprintf(`{"id":%q}`, name.Name))
		return
	}
	s.pay(w, said, key, string(body))
}

func (s *service) pay(w http.ResponseWriter, said payment, key, body string) {
	if s.looks != nil {
		body = s.looks(said)
	}
	s.mu.Lock()
	done, busy, first := s.stored[key], s.busy[key], s.seen[key]
	s.busy[key] = true
	if first == "" {
		s.seen[key] = body
	}
	s.mu.Unlock()
	switch {
	case first != "" && first != body:
		reply(w, http.StatusUnprocessableEntity, `{}`)
		return
	case done != "" && !s.forgets:
		reply(w, http.StatusCreated, done)
		return
	case busy && done == "":
		reply(w, http.StatusConflict, `{}`)
		return
	}
	<-time.After(2 * time.Millisecond) // work
	s.execute(w, said, key)
}

func (s *service) execute(w http.ResponseWriter, said payment, key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	amount, ok := new(big.Rat).SetString(said.Amount)
	if !ok {
		reply(w, http.StatusBadRequest, `{}`)
		return
	}
	fee, _ := new(big.Rat).SetString(new(big.Rat).Quo(amount, big.NewRat(100, 1)).FloatString(2))
	total := new(big.Rat).Add(amount, fee)
	said.ID, said.Total = fmt.Sprintf("p-%d", len(s.paid)+1), json.Number(total.FloatString(2))
	if s.blurred {
		single, _ := total.Float32()
		total.SetFloat64(float64(single))
	}
	s.balances[said.Wallet].Sub(s.balances[said.Wallet], total)
	s.paid = append(s.paid, said)
	s.stored[key] = fmt.Sprintf(`{"id":%q,"left":%q}`,
		said.ID, s.balances[said.Wallet].FloatString(2))
	reply(w, http.StatusCreated, s.stored[key])
}

func (s *service) list(w http.ResponseWriter, r *http.Request, wallet string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found := []payment{}
	for _, p := range s.paid {
		if p.Wallet == wallet {
			found = append(found, p)
		}
	}
	if s.page != nil {
		s.page(w, r, found)
		return
	}
	text, _ := json.Marshal(map[string]any{"payments": found})
	reply(w, http.StatusOK, string(text))
}

func reply(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}
