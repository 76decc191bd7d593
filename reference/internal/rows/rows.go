// Package rows is what stores in SQL databases share: what a record is as a row, and what it means
// that no row was written.
package rows

import (
	"fmt"

	"github.com/idemcheck/idemcheck/reference/store"
)

// Values lists the columns of the record of a key, in the order in which tables have them.
func Values(r store.Record) []any {
	body := append([]byte{}, r.Body...) // nil would be NULL
	return []any{
		r.Scope, r.Key, r.Fingerprint, r.Status, r.ContentType, r.Location, body,
		r.CreatedAt.UnixNano(), r.ExpiresAt.UnixNano(),
	}
}

// Inserted says that something was there already where no row was written.
func Inserted(what string, rows int64, err error) error {
	if err == nil && rows == 0 {
		return store.ErrExists
	}
	return Failed("inserting "+what, err)
}

// Updated says that there is nothing to update where no row was written.
func Updated(what string, rows int64, err error) error {
	if err == nil && rows == 0 {
		return store.ErrNotFound
	}
	return Failed("updating "+what, err)
}

// Failed says what was being done when an error came; nil stays nil.
func Failed(doing string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", doing, err)
}
