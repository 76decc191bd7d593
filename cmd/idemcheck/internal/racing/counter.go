package racing

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/idemcheck/idemcheck/chaos/guard"
	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/exit"
	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/origins"
	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/reach"
	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/harness/race"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/source"
	"github.com/idemcheck/idemcheck/model/value"
)

// counter is what counts, nil where nothing does, and what closes it.
func (r *reader) counter(
	ctx context.Context, gate *guard.Guard, given flags,
) (race.Counter, func(), error) {
	switch {
	case given.count != "":
		return r.listing(ctx, gate, given)
	case given.sql != "":
		return r.rows(ctx, gate, given)
	}
	return nil, func() {}, nil
}

// listing counts by a curl line.
func (r *reader) listing(
	ctx context.Context, gate *guard.Guard, given flags,
) (race.Counter, func(), error) {
	call, err := r.call(given.count)
	var line race.Line
	if err == nil {
		line, err = lineOf(call)
	}
	if err != nil {
		return nil, nil, exit.Usage(fmt.Errorf("--count: %w", err))
	}
	way, err := open(ctx, gate, call.Way, line.URL)
	if err != nil {
		return nil, nil, fmt.Errorf("--count: %w", err)
	}
	client := &http.Client{
		Transport: way.plain, CheckRedirect: guard.NoRedirect, Timeout: given.timeout,
	}
	return &race.Listing{Line: line, Items: given.items, Client: client}, way.close, nil
}

// rows counts by a query.
func (r *reader) rows(
	ctx context.Context, gate *guard.Guard, given flags,
) (race.Counter, func(), error) {
	q := source.Query{Timeout: value.Duration(given.timeout)}
	var err error
	if q.DSN, err = r.filled(given.dsn); err != nil {
		return nil, nil, exit.Usage(fmt.Errorf("--dsn: %w", err))
	}
	if q.Select, err = r.filled(given.sql); err != nil {
		return nil, nil, exit.Usage(fmt.Errorf("--sql: %w", err))
	}
	r.secrets = append(append(r.secrets, q.DSN), secretsOf(q)...)
	open, err := origins.OpenAlone(ctx, q, origins.Access{
		Admit: func(ctx context.Context, host, named string) error {
			return reach.Admit(ctx, gate, host, named)
		},
		Dial: gate.DialContext,
	}, origins.AloneFlags{Statement: "--sql", DSN: "--dsn", Timeout: "--timeout"})
	counter := &race.Rows{Statement: q.Select, Column: given.items}
	if err != nil {
		return nil, nil, withoutSecrets(err, append(counter.Secrets(), r.secrets...))
	}
	counter.Read = open.Rows
	return counter, func() { _ = open.Close() }, nil // it only read
}

// secretsOf are the secrets in a DSN.
func secretsOf(q source.Query) []string {
	ledger := model.Ledger{From: &source.Origin{SQL: &q}}
	return contract.Secrets(&model.Contract{Ledgers: map[string]model.Ledger{"rows": ledger}}, nil)
}

// quietError is an error whose text has no secrets.
type quietError struct {
	text  string
	cause error
}

// Error is the text.
func (e *quietError) Error() string { return e.text }

// Unwrap returns the cause.
func (e *quietError) Unwrap() error { return e.cause }

// withoutSecrets takes secrets out of the text of an error, which may tell a part of a statement.
func withoutSecrets(err error, secrets []string) error {
	text := err.Error()
	for _, secret := range secrets {
		if secret != "" {
			text = strings.ReplaceAll(text, secret, "<redacted>")
		}
	}
	return &quietError{text, err}
}
