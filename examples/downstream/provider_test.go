package downstream_test

import (
	"encoding/json"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// provider plays a payment provider: it takes its time and charges once for every key.
type provider struct {
	mu sync.Mutex
	// balances, charges and answers (by key) are protected by mu.
	balances map[string]int
	charges  []charge
	answers  map[string]charge
}

type customer struct {
	ID      string `json:"id"`
	Balance int    `json:"balance"`
}

// charge is asked for, and answered with its ID; a refused one has none.
type charge struct {
	ID       string `json:"id"`
	Customer string `json:"customer"`
	Amount   int    `json:"amount"`
	Invoice  string `json:"invoice"`
}

func newProvider() http.Handler {
	p := &provider{balances: map[string]int{}, answers: map[string]charge{}}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /charges", p.charge)
	mux.HandleFunc("GET /charges", p.list)
	mux.HandleFunc("POST /customers", p.welcome)
	mux.HandleFunc("GET /customers/{id}", p.customer)
	return mux
}

// charge is slow before it takes the lock: in virtual time nobody may wait for a lock whose holder
// sleeps.
func (p *provider) charge(w http.ResponseWriter, r *http.Request) {
	var c charge
	if json.NewDecoder(r.Body).Decode(&c) != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	select {
	case <-time.After(20 * time.Millisecond):
	case <-r.Context().Done(): // whoever asked has died; the charge is made all the same
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	key := r.Header.Get("Idempotency-Key")
	done, ok := p.answers[key]
	if !ok {
		done = p.take(c)
		p.answers[key] = done
	}
	status := http.StatusCreated
	if done.ID == "" {
		status = http.StatusPaymentRequired
	}
	show(w, status, done)
}

func (p *provider) take(c charge) charge {
	if p.balances[c.Customer] < c.Amount {
		return c
	}
	p.balances[c.Customer] -= c.Amount
	c.ID = "ch_" + strconv.Itoa(len(p.charges)+1)
	p.charges = append(p.charges, c)
	return c
}

func (p *provider) list(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	charges := []charge{}
	for _, c := range p.charges {
		if c.Customer == r.FormValue("customer") {
			charges = append(charges, c)
		}
	}
	show(w, http.StatusOK, map[string]any{"charges": charges})
}

func (p *provider) welcome(w http.ResponseWriter, r *http.Request) {
	var c customer
	if json.NewDecoder(r.Body).Decode(&c) != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.balances[c.ID] = c.Balance
	show(w, http.StatusCreated, c)
}

func (p *provider) customer(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	show(w, http.StatusOK, customer{r.PathValue("id"), p.balances[r.PathValue("id")]})
}

func show(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // whoever asked may have died
}
