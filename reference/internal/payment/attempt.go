package payment

import (
	"context"
	"net/http"

	"github.com/idemcheck/idemcheck/reference/internal/operation"
	"github.com/idemcheck/idemcheck/reference/internal/processor"
)

// Arrival is an attempt that has arrived: one POST, read completely and found to be well formed.
type Arrival struct {
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
	Operation   operation.Input
	Authorize   *processor.Authorization // what the processor is asked; nil means nothing
}

// FullKey names the operation among those of all tenants and routes.
func (at *Arrival) FullKey() string { return at.Scope + "\n" + at.RecordKey }
