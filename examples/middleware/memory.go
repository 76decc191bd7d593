package middleware

import (
	"context"
	"sync"
	"time"
)

// retention is how long a key is remembered, as with Stripe.
const retention = 24 * time.Hour

// Memory is a [Store] for one process.
type Memory struct {
	mu sync.Mutex
	// keys are protected by mu.
	keys map[string]*entry
}

type entry struct {
	fingerprint string
	answer      *Answer // nil while the first attempt is at work
	expires     time.Time
}

// NewMemory returns an empty store.
func NewMemory() *Memory { return &Memory{keys: map[string]*entry{}} }

// Claim implements [Store]. Looking and claiming are one step.
func (m *Memory) Claim(_ context.Context, key, fingerprint string) (*Answer, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	e := m.keys[key]
	switch {
	case e == nil || e.answer != nil && !time.Now().Before(e.expires):
		m.keys[key] = &entry{fingerprint: fingerprint}
		return nil, nil
	case e.fingerprint != fingerprint:
		return nil, ErrMismatch
	case e.answer == nil:
		return nil, ErrInFlight
	}
	return e.answer, nil
}

// Keep implements [Store].
func (m *Memory) Keep(_ context.Context, key string, a *Answer) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if e := m.keys[key]; e != nil {
		e.answer, e.expires = a, time.Now().Add(retention)
	}
	return nil
}

// Release implements [Store].
func (m *Memory) Release(_ context.Context, key string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.keys, key)
	return nil
}
