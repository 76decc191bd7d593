package payment

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"time"

	"github.com/idemcheck/idemcheck/reference/internal/processor"
	"github.com/idemcheck/idemcheck/reference/memory"
	"github.com/idemcheck/idemcheck/reference/store"
)

const (
	defaultSlots     = 4
	defaultRetention = 24 * time.Hour
)

// Options says how a service is set up. The zero value is a service in memory with two demo
// tenants.
type Options struct {
	// Store keeps everything; nil means a new store in memory. It stays the caller's to close.
	Store store.Store
	// Clock decides what time it is; nil means the system's clock.
	Clock Clock
	// Tenants maps bearer tokens to the names of tenants; empty means DemoTenants.
	Tenants map[string]string
	// Processor authorises payments; nil means Paced{Work}.
	Processor processor.Processor
	// Work is how long the card processor takes for one authorisation; zero means no time. A step that
	// does more work than the right one takes as long again, also with a Processor of yours.
	Work time.Duration
	// Retention is how long a key is remembered after its operation was decided; zero means 24 h.
	Retention time.Duration
	// Slots is how many operations on one account may be at the processor at once; zero means 4.
	// More are answered 503, which is never stored.
	Slots int
	// Point is called when an attempt reaches a named point, such as AfterCommit; a test may crash the
	// service there. Nil means that nobody listens.
	Point func(name string)
	// Log receives what went wrong inside the service; nil means nowhere.
	Log *slog.Logger
}

// DemoTenants returns the bearer tokens of a service set up without tenants, and whose they are.
func DemoTenants() map[string]string {
	return map[string]string{"alpha-token": "alpha", "beta-token": "beta"}
}

// New sets up a service that takes these steps. It fails when an option makes no sense.
func New(options Options, steps Steps) (*Server, error) {
	if err := options.check(); err != nil {
		return nil, err
	}
	options.fill()
	s := &Server{
		Options: options,
		steps:   steps,
		claims:  newGate(1),
		slots:   newGate(options.Slots),
	}
	s.handler = s.routes()
	return s, nil
}

func (o *Options) check() error {
	for token, tenant := range o.Tenants {
		if token == "" || tenant == "" {
			return errors.New("tenants: neither a token nor a tenant's name may be empty")
		}
	}
	switch {
	case o.Work < 0:
		return fmt.Errorf("work: %s is negative", o.Work)
	case o.Retention < 0:
		return fmt.Errorf("retention: %s is negative", o.Retention)
	case o.Slots < 0:
		return fmt.Errorf("slots: %d is negative", o.Slots)
	}
	return nil
}

func (o *Options) fill() {
	if o.Store == nil {
		o.Store = memory.New()
	}
	if o.Clock == nil {
		o.Clock = systemClock{}
	}
	if len(o.Tenants) == 0 {
		o.Tenants = DemoTenants()
	}
	o.Tenants = maps.Clone(o.Tenants)
	if o.Processor == nil {
		o.Processor = processor.Paced{Work: o.Work}
	}
	if o.Retention == 0 {
		o.Retention = defaultRetention
	}
	if o.Slots == 0 {
		o.Slots = defaultSlots
	}
	if o.Point == nil {
		o.Point = func(string) {}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
}
