package payment

import (
	"context"
	"fmt"
	"net/http"

	"github.com/idemcheck/idemcheck/reference/store"
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
	Context context.Context // ends after WorkLimit, whatever the client does
	Tenant  string
	Route   string // method and path
	Key     string // as the client sent it, unquoted
	// Protected is false for an operation without a usable key, which the right service refuses.
	Protected   bool
	Scope       string // what the key is unique in
	RecordKey   string // what the key is stored as
	Fingerprint string // of the body
	Operation   Operation
	Authorize   *Authorization // what the processor is asked; nil means nothing
}

// FullKey names the operation among those of all tenants and routes.
func (at *Attempt) FullKey() string { return at.Scope + "\n" + at.RecordKey }

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
