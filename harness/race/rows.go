package race

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/idemcheck/idemcheck/harness/race/internal/statement"
)

// Rows counts by asking a database: the rows of a query, or the number that it shows.
type Rows struct {
	// Statement is the query: count(*) shows a number, everything else rows that are counted.
	Statement string
	// Column holds the number that the only row shows; "" where Statement says what is counted.
	Column string
	// Read runs it, and hands on each row as a map by the names of columns in lower case.
	Read func(ctx context.Context, each func(row any) error) error
}

var _ Counter = (*Rows)(nil)

// Lines implements [Counter].
func (r *Rows) Lines() []Line { return nil }

// Secrets implements [Counter].
func (r *Rows) Secrets() []string { return statement.Secrets(r.Statement) }

// What implements [Counter].
func (r *Rows) What() string {
	out := strings.Join(strings.Fields(r.Statement), " ")
	if r.Column != "" {
		out += " at " + r.Column
	}
	return out
}

// Count implements [Counter].
func (r *Rows) Count(ctx context.Context) (Count, error) {
	if err := statement.Check(r.Statement, r.Column != ""); err != nil {
		return Count{}, err
	}
	rows := []any{}
	err := r.Read(ctx, func(row any) error {
		rows = append(rows, row)
		return nil
	})
	switch {
	case err != nil:
		return Count{}, err
	case r.Column == "" && !statement.IsCount(r.Statement):
		return Count{Number: int64(len(rows)), Items: rows}, nil
	case len(rows) != 1:
		return Count{}, fmt.Errorf("the statement shows %d rows, and a count is one number: leave out "+
			"what makes several of it", len(rows))
	}
	return r.number(rows[0])
}

// number reads the number of the only row.
func (r *Rows) number(row any) (Count, error) {
	columns, _ := row.(map[string]any)
	if r.Column != "" {
		v, has := columns[strings.ToLower(r.Column)]
		if !has {
			return Count{}, fmt.Errorf("the statement shows no column %q", r.Column)
		}
		return counted(v, nil, r.Column)
	}
	for name, v := range columns {
		if len(columns) == 1 {
			return counted(v, nil, name)
		}
	}
	return Count{}, errors.New("the statement shows a count beside other columns: have it show the " +
		"count alone, or say with --items which column it is")
}
