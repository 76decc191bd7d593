package main

import (
	"crypto/rand"
	"encoding/json"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// order is a line of the journal. A line without an account holds a key alone, and one without a
// key an order alone: both are of broken shops.
type order struct {
	Key     string `json:"key,omitempty"`
	ID      string `json:"id"`
	Account string `json:"account,omitempty"`
	Amount  int    `json:"amount,omitempty"`
	// Reference is the client's name for it.
	Reference string `json:"reference,omitempty"`
}

// shop takes orders.
type shop struct {
	broken string
	mu     sync.Mutex
	// orders are those in the journal, done what keys belong to, and claims until when a key is being
	// worked on. All are protected by mu, and so is the journal.
	journal journal
	orders  []order
	done    map[string]order
	claims  map[string]time.Time
}

// leaseTime is how long a claim lasts, and step a part of the work that an order takes.
const leaseTime, step = 300 * time.Millisecond, 5 * time.Millisecond

func (s *shop) routes() http.Handler {
	m := http.NewServeMux()
	m.HandleFunc("GET /health", func(http.ResponseWriter, *http.Request) {})
	m.HandleFunc("POST /accounts", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusCreated, map[string]string{"id": rand.Text()})
	})
	m.HandleFunc("GET /accounts/{id}/orders", s.list)
	m.HandleFunc("POST /orders", s.post)
	return m
}

// list lists the orders of an account.
func (s *shop) list(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := []order{}
	for _, o := range s.orders {
		if o.Account == r.PathValue("id") {
			out = append(out, o)
		}
	}
	answer(w, http.StatusOK, out)
}

// post takes an order, once for each key.
func (s *shop) post(w http.ResponseWriter, r *http.Request) {
	o := order{Key: r.Header.Get("Idempotency-Key"), ID: rand.Text()}
	if err := json.NewDecoder(r.Body).Decode(&o); err != nil || o.Key == "" || o.Account == "" {
		answer(w, http.StatusBadRequest, map[string]string{"error": "no order"})
		return
	}
	switch before, status := s.claim(o); status {
	case 0:
	case http.StatusCreated:
		answer(w, status, shown(before))
		return
	default:
		answer(w, status, map[string]string{"error": "the key is another order's, or at work"})
		return
	}
	if s.broken == earlyAnswer {
		answer(w, http.StatusCreated, shown(o))
		_ = http.NewResponseController(w).Flush()
		time.Sleep(2 * step) // whoever is killed as he answers has not written
	}
	time.Sleep(2 * step)
	if s.broken == twoWrites {
		alone := o
		alone.Key = ""
		s.keep(alone)
	}
	time.Sleep(2 * step)
	o = s.commit(o)
	if s.broken != earlyAnswer {
		answer(w, http.StatusCreated, shown(o))
	}
}

// claim takes the key of an order. When it is taken already, it returns what to answer.
func (s *shop) claim(o order) (before order, status int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if before, known := s.done[o.Key]; known {
		if before.Amount != o.Amount || before.Account != o.Account || before.Reference != o.Reference {
			return before, http.StatusUnprocessableEntity
		}
		return before, http.StatusCreated
	}
	if until, taken := s.claims[o.Key]; taken && time.Now().Before(until) {
		return before, http.StatusConflict
	}
	s.claims[o.Key] = time.Now().Add(leaseTime)
	return before, 0
}

// commit writes an order with its key in one line, unless another owner of the key has done so.
func (s *shop) commit(o order) order {
	if s.broken != twoWrites {
		return s.keep(o)
	}
	s.keep(order{Key: o.Key, ID: o.ID})
	return o
}

// keep writes a line and returns what counts for its key.
func (s *shop) keep(o order) order {
	s.mu.Lock()
	defer s.mu.Unlock()
	if before, known := s.done[o.Key]; known && s.broken != lease {
		return before
	}
	line := o
	if s.broken == memoryKeys {
		line.Key = ""
	}
	s.journal.add(line)
	s.take(o)
	return o
}

// take notes what a line says. The caller holds the lock, or is alone.
func (s *shop) take(o order) {
	if o.Account != "" {
		s.orders = append(s.orders, o)
	}
	if o.Key == "" {
		return
	}
	if o.Account == "" { // the key of an order that was written before
		for _, before := range s.orders {
			if before.ID == o.ID {
				o.Account, o.Amount, o.Reference = before.Account, before.Amount, before.Reference
			}
		}
	}
	s.done[o.Key] = o
}

// shown is what clients see of an order.
func shown(o order) map[string]any { return map[string]any{"id": o.ID, "amount": o.Amount} }

// answer answers in JSON.
func answer(w http.ResponseWriter, status int, body any) {
	text, err := json.Marshal(body)
	if err != nil {
		status, text = http.StatusInternalServerError, []byte("{}")
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(text))) // so that its end does not wait for ours
	w.WriteHeader(status)
	_, _ = w.Write(text) // a client that is gone is no matter
}
