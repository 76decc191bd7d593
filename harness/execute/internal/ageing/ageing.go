// Package ageing makes the records of the keys of a case older, in the place of a wait for their
// expiry.
package ageing

import (
	"context"
	"fmt"
	"time"

	"github.com/idemcheck/idemcheck/harness/contract/template"
	"github.com/idemcheck/idemcheck/harness/observe/elsewhere"
	"github.com/idemcheck/idemcheck/model"
)

const (
	// shortRetention is a retention that is waited for, however records could be made older.
	shortRetention = 10 * time.Second
	// edgeMargin is how far from its expiry a record is left at least: services count whole seconds,
	// and a busy machine takes its time between the statement and the request.
	edgeMargin = 5 * time.Second
)

// Records are those that a service keeps of keys.
type Records struct {
	// By makes them older; nil cannot. Kept is how long they are kept.
	By   elsewhere.Ager
	Kept time.Duration
}

// Span is by how much, in whole seconds, they must grow older for a wait to be left out; zero where
// it is not about their expiry, or has to be waited for.
func (r Records) Span(wait time.Duration) time.Duration {
	switch {
	case r.By == nil, r.Kept <= shortRetention, wait < r.Kept/2:
		return 0
	case wait < r.Kept:
		return min(wait, r.Kept-edgeMargin).Truncate(time.Second)
	}
	return max(wait, r.Kept+edgeMargin).Truncate(time.Second)
}

// Age makes the record of an operation older that ended somehow: only then is it known how old it
// was. Who finds none of one that was acknowledged wrote the statement for others. After an error
// nobody knows how old the record is.
func (r Records) Age(
	ctx context.Context, op *model.Operation, span time.Duration, end model.Outcome,
) error {
	if end != model.OK && end != model.Fail {
		return fmt.Errorf("operation %s was neither done nor refused before, so that nobody knows since "+
			"when its key is kept", op.ID)
	}
	records, err := r.By.Age(ctx, template.Vars{
		"key": op.Key, "mark": op.CorrelationID, "tenant": op.Tenant,
		"seconds": int64(span / time.Second),
	})
	if err == nil && records == 0 && end == model.OK {
		return fmt.Errorf("the statement found no record of the key of operation %s, which was "+
			"acknowledged: correct age.sql.update", op.ID)
	}
	return err
}
