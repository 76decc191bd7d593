// Package effects is a shop that lists nothing: a charge is a row in a database, a step of a
// counter and a mail.
package effects

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/smtp"
	"strings"
	"sync"
	"time"
)

// Options say how a shop is run.
type Options struct {
	// DB is an SQLite; its table is made.
	DB *sql.DB
	// Mail is where mails are sent, as host:port; "" sends none.
	Mail string
	// Work is how long a charge takes.
	Work time.Duration
	// Late remembers a key only when its charge is done: two requests at once are two charges.
	Late bool
}

// Shop takes charges. It implements [http.Handler].
type Shop struct {
	options Options
	routes  *http.ServeMux
	mu      sync.Mutex
	// known are the charges by their keys, and counts how many there are, by account.
	known    map[string]*charge
	counts   map[string]int
	accounts int
}

// charge is one charge: what was asked, and how far it is done, so that a repeat goes on there.
type charge struct {
	mu             sync.Mutex // held while somebody is at work on it
	asked          order
	stored, mailed bool
}

// order is what a client asks for.
type order struct {
	Account   string `json:"account"`
	Amount    int    `json:"amount"`
	Reference string `json:"reference"`
}

// New opens a shop.
func New(ctx context.Context, o Options) (*Shop, error) {
	_, err := o.DB.ExecContext(ctx, `CREATE TABLE IF NOT EXISTS charges
		(account TEXT, "key" TEXT, reference TEXT, amount INTEGER)`)
	if err != nil {
		return nil, fmt.Errorf("making the table of charges: %w", err)
	}
	s := &Shop{
		options: o, routes: http.NewServeMux(), known: map[string]*charge{}, counts: map[string]int{},
	}
	s.routes.HandleFunc("POST /accounts", s.open)
	s.routes.HandleFunc("POST /charges", s.take)
	s.routes.HandleFunc("GET /metrics", s.metrics)
	return s, nil
}

// ServeHTTP implements [http.Handler].
func (s *Shop) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.routes.ServeHTTP(w, r) }

// open opens an account.
func (s *Shop) open(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	s.accounts++
	id := fmt.Sprintf("account-%d", s.accounts)
	s.mu.Unlock()
	answer(w, http.StatusCreated, map[string]string{"id": id})
}

// take takes a charge, once for every key.
func (s *Shop) take(w http.ResponseWriter, r *http.Request) {
	key := r.Header.Get("Idempotency-Key")
	var asked order
	if err := json.NewDecoder(r.Body).Decode(&asked); err != nil || key == "" {
		answer(w, http.StatusBadRequest, map[string]string{"error": "no key, or half a body"})
		return
	}
	c := s.of(key, asked)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.asked != asked {
		answer(w, http.StatusUnprocessableEntity, map[string]string{"error": "the key is taken"})
		return
	}
	if err := s.finish(context.WithoutCancel(r.Context()), c, key); err != nil {
		answer(w, http.StatusServiceUnavailable, map[string]string{"error": err.Error()})
		return
	}
	s.remember(key, c)
	answer(w, http.StatusCreated, map[string]string{"reference": asked.Reference})
}

// of is the charge of a key, which is a new one unless the key is known.
func (s *Shop) of(key string, asked order) *charge {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.known[key]
	if c == nil {
		c = &charge{asked: asked}
		if !s.options.Late {
			s.known[key] = c
		}
	}
	return c
}

// remember keeps a charge that is done.
func (s *Shop) remember(key string, c *charge) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.known[key] = c
}

// finish does what is left of a charge. The caller holds its lock.
func (s *Shop) finish(ctx context.Context, c *charge, key string) error {
	if !c.stored {
		time.Sleep(s.options.Work)
		_, err := s.options.DB.ExecContext(ctx, "INSERT INTO charges VALUES (?, ?, ?, ?)",
			c.asked.Account, key, c.asked.Reference, c.asked.Amount)
		if err != nil {
			return fmt.Errorf("storing the charge: %w", err)
		}
		c.stored = true
		s.mu.Lock()
		s.counts[c.asked.Account]++
		s.mu.Unlock()
	}
	if c.mailed || s.options.Mail == "" {
		return nil
	}
	if strings.ContainsAny(c.asked.Reference, "\r\n") {
		return errors.New("the reference does not fit into a mail")
	}
	text := "Subject: Receipt\r\n\r\nThank you, reference: " + c.asked.Reference + "\r\n"
	err := smtp.SendMail(s.options.Mail, nil, "shop@example.test", []string{"you@example.test"},
		[]byte(text))
	if err != nil {
		return fmt.Errorf("mailing the receipt: %w", err)
	}
	c.mailed = true
	return nil
}

// metrics shows the counter.
func (s *Shop) metrics(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, _ = fmt.Fprint(w, "# TYPE charges_total counter\n") // who has gone asks again
	for account, n := range s.counts {
		_, _ = fmt.Fprintf(w, "charges_total{account=%q} %d\n", account, n) // as above
	}
}

func answer(w http.ResponseWriter, status int, body map[string]string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(body); err != nil {
		return // a client that has left will ask again
	}
}
