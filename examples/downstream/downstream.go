// Package downstream charges customers through a payment provider: the key goes on to the
// provider, which has to know it too.
//
// Charging and remembering cannot be one transaction when the money is somebody else's. So the
// service derives the provider's key from its own client's key, always the same, and lets retries
// be harmless on both sides. A process that dies after the provider's answer and before its own
// commit has charged without knowing it; the client's retry sends the same key on, the provider
// answers as it did before, and the commit is made up for. [Options].FreshKeys is the mistake, a
// key for every attempt, and
//
//	PAYMENTS_FRESH_KEYS=1 go test -run TestPaymentsAreRetrySafe
//
// shows what comes of it.
package downstream

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// patience is how long the service waits for the provider.
const patience = 10 * time.Second

// Options say what a service works with. Client and Store are needed.
type Options struct {
	// Client reaches the provider, at http://provider.
	Client *http.Client
	// Store is what outlives the process.
	Store *Store
	// Point is called with the name of a place worth crashing at: "charged", "committed". Nil does
	// nothing.
	Point func(name string)
	// FreshKeys is deliberately wrong: every attempt charges under a key of its own.
	FreshKeys bool
}

type service struct {
	options Options
	work    *claims
}

// New returns the service.
func New(o Options) http.Handler {
	if o.Point == nil {
		o.Point = func(string) {}
	}
	s := &service{o, newClaims()}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /payments", s.pay)
	mux.HandleFunc("GET /payments", s.payments)
	// Customers and their statements are the provider's: they are shown as it shows them.
	mux.HandleFunc("POST /customers", s.pass)
	mux.HandleFunc("GET /customers/{id}", s.pass)
	mux.HandleFunc("GET /charges", s.pass)
	return mux
}

// Payment is what a client sends, and what the provider is asked for.
type Payment struct {
	Customer string `json:"customer"`
	Amount   int    `json:"amount"`
	Invoice  string `json:"invoice"`
}

func (s *service) pay(w http.ResponseWriter, r *http.Request) {
	key, ok := parseKey(r.Header.Values("Idempotency-Key"))
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<16))
	var p Payment
	if !ok || err != nil || json.Unmarshal(body, &p) != nil || p.Amount < 1 {
		write(w, Answer{http.StatusBadRequest, problem("send a payment and a key in quotes")})
		return
	}
	// In this process one attempt at a time works on a key; two in two processes meet at the provider.
	if !s.work.take(key) {
		write(w, Answer{http.StatusConflict, problem("the first attempt is still at work")})
		return
	}
	defer s.work.give(key)
	write(w, s.once(r.Context(), Record{Payment: p, Key: key, Fingerprint: fingerprint(body)}))
}

// once charges and remembers, or answers as before.
func (s *service) once(ctx context.Context, rec Record) Answer {
	if before, ok := s.options.Store.Find(rec.Key); ok {
		if before.Fingerprint != rec.Fingerprint {
			return Answer{http.StatusUnprocessableEntity, problem("this key came with another payment")}
		}
		return before.Answer
	}
	// A client that hangs up does not stop a charge that is under way: stopping would only mean not to
	// know how it ended.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	a, err := s.charge(ctx, rec)
	if err != nil {
		return Answer{http.StatusServiceUnavailable, problem("try again with the same key")}
	}
	s.options.Point("charged")
	rec.Answer = a
	if err := s.options.Store.Add(rec); err != nil {
		return Answer{http.StatusServiceUnavailable, problem("try again with the same key")}
	}
	s.options.Point("committed")
	return a
}

// charge asks the provider. Only an answer that will not change is one: anything else is an error.
func (s *service) charge(ctx context.Context, rec Record) (Answer, error) {
	body, err := json.Marshal(rec.Payment)
	if err != nil {
		return Answer{}, fmt.Errorf("writing the charge: %w", err)
	}
	const url = "http://provider/charges"
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return Answer{}, fmt.Errorf("charging: %w", err)
	}
	key := "payment-" + rec.Key
	if s.options.FreshKeys {
		key = rand.Text()
	}
	req.Header.Set("Idempotency-Key", key)
	a, err := s.send(req)
	if err == nil && a.Status != http.StatusCreated && a.Status != http.StatusPaymentRequired {
		err = fmt.Errorf("charging: the provider answered %d", a.Status)
	}
	return a, err
}

func (s *service) send(req *http.Request) (Answer, error) {
	resp, err := s.options.Client.Do(req)
	if err != nil {
		return Answer{}, fmt.Errorf("asking the provider: %w", err)
	}
	defer func() { _ = resp.Body.Close() }() // it was only read
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return Answer{}, fmt.Errorf("reading the provider's answer: %w", err)
	}
	return Answer{resp.StatusCode, string(body)}, nil
}

// pass sends a message on to the provider.
func (s *service) pass(w http.ResponseWriter, r *http.Request) {
	url := "http://provider" + r.URL.RequestURI()
	req, err := http.NewRequestWithContext(r.Context(), r.Method, url, r.Body)
	var a Answer
	if err == nil {
		a, err = s.send(req)
	}
	if err != nil {
		a = Answer{http.StatusServiceUnavailable, problem(err.Error())}
	}
	write(w, a)
}

// payments lists what the service itself knows to be paid.
func (s *service) payments(w http.ResponseWriter, r *http.Request) {
	paid := s.options.Store.Paid(r.FormValue("customer"))
	body, err := json.Marshal(map[string]any{"payments": paid})
	if err != nil {
		write(w, Answer{http.StatusInternalServerError, problem(err.Error())})
		return
	}
	write(w, Answer{http.StatusOK, string(body)})
}

// parseKey reads the structured-field string that the IETF's draft asks for.
func parseKey(lines []string) (string, bool) {
	if len(lines) != 1 || len(lines[0]) < 3 {
		return "", false
	}
	line := lines[0]
	key := line[1 : len(line)-1]
	strange := func(c rune) bool { return c < ' ' || c > '~' || c == '"' || c == '\\' }
	return key, line == `"`+key+`"` && !strings.ContainsFunc(key, strange)
}

func fingerprint(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}

func problem(detail string) string { return fmt.Sprintf(`{"detail":%q}`, detail) }

func write(w http.ResponseWriter, a Answer) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(a.Status)
	_, _ = io.WriteString(w, a.Body) // a client that has left will ask again
}
