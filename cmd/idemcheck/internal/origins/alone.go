package origins

import (
	"context"
	"errors"
	"fmt"

	"github.com/idemcheck/idemcheck/harness/observe/query"
	"github.com/idemcheck/idemcheck/model/source"
)

// Alone is a query that stands in no contract, but in flags.
type Alone struct {
	reader sqlReader
	named  lines
}

// AloneFlags name the flags of a query: its statement, its database, and how long it may take.
type AloneFlags struct{ Statement, DSN, Timeout string }

// OpenAlone opens the database of a query without parameters, and tries it. An error says what to
// do next, and shows nothing of the DSN; then nothing stays open.
func OpenAlone(
	ctx context.Context, q source.Query, way Access, flags AloneFlags,
) (*Alone, error) {
	at := lines{flags.Statement, flags.DSN, flags.Statement, flags.Timeout}
	d, err := connect(ctx, way, named{q.DSN, at.dsn, toRead})
	if err != nil {
		return nil, err
	}
	out := &Alone{sqlReader{query.Statement{DB: d.db, Vendor: d.vendor, Query: q}}, at}
	if err := out.timely(out.reader.Try(ctx)); err != nil {
		return nil, errors.Join(advised(err, at), out.Close())
	}
	return out, nil
}

// Rows hands every row on, as [query.Statement.Items] does.
func (a *Alone) Rows(ctx context.Context, each func(row any) error) error {
	return a.timely(a.reader.Items(ctx, nil, each))
}

// Close closes the database.
func (a *Alone) Close() error { return a.reader.DB.Close() }

// timely names the flag of a reading that took too long.
func (a *Alone) timely(err error) error {
	if errors.Is(err, query.ErrSlow) {
		return fmt.Errorf("the query took longer than %s (%s): %w", a.reader.Query.Timeout,
			a.named.timeout, query.ErrSlow)
	}
	return err
}
