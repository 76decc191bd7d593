// Package reference is a payment service that is idempotent the way the IETF draft asks for,
// together with named variants of it that are right in another way, and with seeded bugs that are
// each wrong in one way.
//
// An operation is a POST with an Idempotency-Key. The right service decides it once: balance,
// ledger, receipt, key and answer are committed in one transaction, and every repeat gets the
// stored answer, byte for byte, for as long as the key is retained.
//
// This package only puts together. Package internal/payment takes the steps of an attempt, which
// internal/right has; internal/variants and internal/bugs replace some of them.
package reference

import (
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/idemcheck/idemcheck/reference/internal/payment"
	"github.com/idemcheck/idemcheck/reference/internal/processor"
	"github.com/idemcheck/idemcheck/reference/store"
)

// Options says how a service is set up. The zero value is a right service in memory with two demo
// tenants.
type Options struct {
	// Store keeps everything; nil means a new store in memory. It stays the caller's to close.
	Store store.Store
	// Clock decides what time it is; nil means the system's clock.
	Clock Clock
	// Tenants maps bearer tokens to the names of tenants; empty means that "alpha-token" is for alpha
	// and "beta-token" for beta.
	Tenants map[string]string
	// Processor authorises payments; nil means Paced{Work}.
	Processor Processor
	// Work is how long the card processor takes for one authorisation; zero means no time. Seeded
	// bugs that do more work after the effect take as long again, also with a Processor of yours.
	Work time.Duration
	// Retention is how long a key is remembered after its operation was decided; zero means 24 h.
	Retention time.Duration
	// Slots is how many operations on one account may be at the processor at once; zero means 4.
	// More are answered 503, which is never stored.
	Slots int
	// Variant names the right variant to be, as listed by Variants; empty means what the IETF draft
	// asks for.
	Variant string
	// Bug names the seeded bug to have, as listed by Bugs; empty means none. A bug of a variant brings
	// that variant with it.
	Bug string
	// Point is called when an attempt reaches a named point, such as "after-commit" (see Points); a
	// test may crash the service there. Nil means that nobody listens.
	Point func(name string)
	// Log receives what went wrong inside the service; nil means nowhere.
	Log *slog.Logger
}

// Service is the payment service: an http.Handler. Make one with New. It starts no goroutines.
type Service struct{ payments *payment.Server }

// New sets up a service. It fails when an option makes no sense, or names an unknown bug.
func New(options Options) (*Service, error) {
	steps, err := stepsFor(options.Variant, options.Bug)
	if err != nil {
		return nil, fmt.Errorf("setting up the payment service: %w", err)
	}
	payments, err := payment.New(options.payment(), steps)
	if err != nil {
		return nil, fmt.Errorf("setting up the payment service: %w", err)
	}
	return &Service{payments}, nil
}

// payment leaves out what decides about the steps.
func (o Options) payment() payment.Options {
	return payment.Options{
		Store: o.Store, Clock: o.Clock, Tenants: o.Tenants, Processor: o.Processor, Work: o.Work,
		Retention: o.Retention, Slots: o.Slots, Point: o.Point, Log: o.Log,
	}
}

// ServeHTTP implements http.Handler.
func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.payments.ServeHTTP(w, r) }

// Points lists the points that Options.Point may be told of.
func Points() []string { return []string{BeforeCommit, AfterCommit} }

// The points that every attempt that executes passes.
const (
	// BeforeCommit is after the processor agreed and before anything is durable.
	BeforeCommit = payment.BeforeCommit
	// AfterCommit is when everything that is to be committed together is durable, and no answer was
	// sent.
	AfterCommit = payment.AfterCommit
)

// What a service can be given to work with.
type (
	// Clock tells the time by which keys expire and effects are dated.
	Clock = payment.Clock
	// Processor is the card processor, which must agree to every movement of money.
	Processor = processor.Processor
	// Authorization is what the processor is asked.
	Authorization = processor.Authorization
	// Paced is a simulated processor that agrees to everything after a time.
	Paced = processor.Paced
)
