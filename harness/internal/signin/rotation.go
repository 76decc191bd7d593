package signin

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"sync"
)

// Rotation is what one operation has been sent in. Its zero value is of one that was not sent yet.
type Rotation struct {
	mu sync.Mutex
	// first is the session of its first attempt; protected by mu.
	first *Credential
}

// began returns the session of the first attempt, nil before it.
func (r *Rotation) began() *Credential {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.first
}

// begins files the session of the first attempt.
func (r *Rotation) begins(as *Credential) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.first = as
}

// errSame is a login that gave what the one before it had given.
var errSame = errors.New("session.rotate: a new login gave the same session, so that no repeat " +
	"can be sent in another one; leave session.rotate out, or let each login begin a session")

// Next is [Sessions.Of] for one more attempt of an operation. Where sessions rotate, a repeat gets
// another one than the first attempt had, or an error.
func (s *Sessions) Next(
	ctx context.Context, by http.RoundTripper, tenant string, of *Rotation,
) (*Credential, error) {
	if s == nil || s.contract.SessionOf(tenant) == nil {
		return nil, nil
	}
	first := of.began()
	rotates := s.contract.SessionOf(tenant).Rotate && first != nil
	if rotates {
		s.Refused(tenant, first)
	}
	as, err := s.Of(ctx, by, tenant)
	switch {
	case err != nil:
	case first == nil:
		of.begins(as)
	case rotates && as.same(first):
		err = errSame
	}
	return as, err
}

// same reports whether two logins gave the same, so that nobody can tell them apart.
func (c *Credential) same(o *Credential) bool {
	return maps.Equal(c.values, o.values) && c.cookies() == o.cookies()
}
