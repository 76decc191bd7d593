package payment

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/idemcheck/idemcheck/reference/store"
)

const (
	maxBody = 64 << 10
	// WorkLimit bounds how long an attempt is worked on after its client may have gone.
	WorkLimit = 30 * time.Second
)

// Operation is a validated payload that knows how to be decided.
type Operation interface {
	// Check says what is wrong with the fields, or returns nil.
	Check() *FieldError
	// Authorization says what the processor must agree to; nil means nothing.
	Authorization(r store.Reader, tenant string) (*Authorization, error)
	// Decide reads what it needs and says what should be entered, or why not. All it takes is ids.
	Decide(tx store.Tx, tenant string) (Decision, error)
}

// FieldError says what is wrong with a field of the body.
type FieldError struct{ Field, Reason string }

// Attempt is one POST, read completely and found to be well formed.
type Attempt struct {
	Request context.Context // ends when the client goes away
	Header  http.Header
	Context context.Context // does not
	Tenant  string
	Route   string // method and path
	Key     string // as the client sent it, unquoted
	// Protected is false for an operation without a usable key, which the right service refuses.
	Protected   bool
	Scope       string // what the key is unique in
	RecordKey   string // what the key is stored as
	Fingerprint string
	Operation   Operation
	Authorize   *Authorization
}

// FullKey names the operation among those of all tenants and routes.
func (at *Attempt) FullKey() string { return at.Scope + "\n" + at.RecordKey }

// operating serves a route of operations.
func (s *Service) operating(empty func() Operation) tenantHandler {
	return func(w http.ResponseWriter, r *http.Request, tenant string) {
		at := &Attempt{
			Request: r.Context(), Header: r.Header, Tenant: tenant, Route: r.Pattern,
			Operation: empty(),
		}
		if refusal := s.accept(w, r, at); refusal != nil {
			refusal.Write(w)
			return
		}
		ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), WorkLimit)
		defer cancel()
		at.Context = ctx
		s.steps.Respond(s, w, at, s.resolve(at))
	}
}

// accept fills in the attempt, or says why there is none. Nothing is looked up before all of it is
// known to be well formed.
func (s *Service) accept(w http.ResponseWriter, r *http.Request, at *Attempt) (refusal *Answer) {
	if at.Key, at.Protected, refusal = s.steps.Key(r.Header); refusal != nil {
		return refusal
	}
	body, refusal := s.steps.Body(http.MaxBytesReader(w, r.Body, maxBody))
	if refusal != nil {
		return refusal
	}
	if refusal := s.steps.Decode(body, at.Operation); refusal != nil {
		return refusal
	}
	at.Scope = s.steps.Scope(at)
	at.RecordKey = s.steps.RecordKey(at)
	at.Fingerprint = s.steps.Fingerprint(at, body)
	return nil
}

// ScopeOf keeps tenants and routes apart. The name is quoted so that no tenant's name can end in a
// route.
func ScopeOf(at *Attempt) string { return strconv.Quote(at.Tenant) + " " + at.Route }

// ReadAll reads a body that has arrived completely, and refuses another one.
func ReadAll(body io.Reader) ([]byte, *Answer) {
	data, err := io.ReadAll(body)
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		p := Problem(BodyTooLarge, "the body has more than %d bytes", tooLarge.Limit)
		return nil, &p
	case err != nil:
		p := Problem(BodyIncomplete, "the body broke off after %d bytes", len(data))
		return nil, &p
	}
	return data, nil
}

// Decode reads the body as the operation that it asks for, and checks its fields.
func Decode(body []byte, into Operation) *Answer {
	if err := json.Unmarshal(body, into); err != nil {
		p := Problem(InvalidInput, "the body is not the JSON object expected: %v", err)
		return &p
	}
	return Invalid(into.Check())
}

// Invalid refuses a wrong field; nil refuses nothing.
func Invalid(wrong *FieldError) *Answer {
	if wrong == nil {
		return nil
	}
	p := Describe(InvalidInput, Details{
		Detail: fmt.Sprintf("%s %s", wrong.Field, wrong.Reason), Field: wrong.Field,
	})
	return &p
}
