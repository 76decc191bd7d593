package elsewhere

import (
	"context"

	"github.com/idemcheck/idemcheck/harness/contract/template"
)

// Ager makes the records that a service keeps of keys older. It is used by many goroutines.
type Ager interface {
	// Age makes the record of vars["key"] older by vars["seconds"], and returns how many records it
	// found. After an error nobody knows whether it did.
	Age(ctx context.Context, vars template.Vars) (records int64, err error)
}
