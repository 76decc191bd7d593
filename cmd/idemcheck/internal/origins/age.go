package origins

import (
	"context"

	"github.com/idemcheck/idemcheck/harness/contract/template"
	"github.com/idemcheck/idemcheck/harness/observe/query"
	"github.com/idemcheck/idemcheck/model/source"
)

// openAge opens the database whose records are made older, in a pool of its own: nobody who reads
// may write. The statement is tried, which changes nothing.
func openAge(ctx context.Context, o *Opened, how *source.Ageing) error {
	if how == nil {
		return nil
	}
	const line = "age.sql"
	d, err := connect(ctx, o.way, named{how.SQL.DSN, line + ".dsn", toWrite})
	if err != nil {
		return err
	}
	o.closers = append(o.closers, d.db.Close)
	a := sqlAger{query.Alteration{DB: d.db, Update: *how.SQL}}
	if err := discreet(a.of.Try(ctx), how.SQL.DSN); err != nil {
		return advised(err, lines{line, line + ".dsn", line + ".update", line + ".timeout"})
	}
	o.ager = a
	return nil
}

// sqlAger runs an update; its errors name neither user nor place of the database.
type sqlAger struct{ of query.Alteration }

// Age implements [elsewhere.Ager].
func (a sqlAger) Age(ctx context.Context, vars template.Vars) (records int64, err error) {
	records, err = a.of.Run(ctx, vars)
	return records, discreet(err, a.of.Update.DSN)
}
