// Package till is a small service for tests that shows its effects nowhere but in its database.
package till

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Till takes charges and lists none. The zero value lacks its database.
type Till struct {
	// DB has the tables that [Till.Prepare] makes.
	DB *sql.DB
	// Numbered tells that parameters are $1 and not ?; KeyType is the type of a column of keys that
	// are equal only when all their bytes are, VARCHAR(1000) when it is empty.
	Numbered bool
	KeyType  string
	// Bug is what is wrong with it: it "doubles" a charge on a repeat, or "loses" one whose key comes
	// with another payload; it "forgets" keys after half of their time, or "remembers" them for ever.
	// "" is nothing.
	Bug string
	// Keeps is how long a key is kept, in whole seconds. Zero means for ever.
	Keeps time.Duration
	// Busy lets this many charges of nobody's happen after each request.
	Busy int
	// Served is called before each request; nil is not.
	Served func()
	mu     sync.Mutex // held while a request is served
	// others counts the charges of nobody's, and made those under a key; protected by mu.
	others, made int
}

// Prepare makes the tables.
func (t *Till) Prepare(ctx context.Context) error {
	key := cmp.Or(t.KeyType, "VARCHAR(1000)")
	for _, statement := range []string{
		"CREATE TABLE accounts (id VARCHAR(99) PRIMARY KEY, Spent DECIMAL(12,2))",
		"CREATE TABLE charges (account VARCHAR(99), idem " + key +
			", note VARCHAR(99), amount DECIMAL(12,2))",
		"CREATE TABLE answers (idem " + key +
			" PRIMARY KEY, payload VARCHAR(1000), born BIGINT, id BIGINT)",
	} {
		if _, err := t.DB.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("making the tables of a till: %w", err)
		}
	}
	return nil
}

// request is what a client sends.
type request struct {
	Name    string `json:"name"`
	Account string `json:"account"`
	Note    string `json:"note"`
	Amount  string `json:"amount"`
	key     string
}

// ServeHTTP implements [http.Handler].
func (t *Till) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if t.Served != nil {
		t.Served()
	}
	var asked request
	if json.NewDecoder(r.Body).Decode(&asked) != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	asked.key = r.Header.Get("Idempotency-Key")
	t.mu.Lock()
	status, body, err := t.serve(r.URL.Path, asked)
	t.mu.Unlock()
	if err != nil {
		status, body = http.StatusInternalServerError, map[string]string{"error": err.Error()}
	}
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(body); err != nil {
		return // who has gone misses nothing
	}
}

// serve does what is asked in one transaction, which nobody who hangs up ends.
func (t *Till) serve(path string, asked request) (status int, body map[string]string, err error) {
	tx, err := t.DB.BeginTx(context.Background(), nil)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = tx.Rollback() }() // it does nothing after a commit
	do := statements{tx, t.Numbered, nil}
	if path == "/accounts" {
		status, body = http.StatusCreated, map[string]string{"id": asked.Name}
		do.exec("INSERT INTO accounts VALUES (?, 0)", asked.Name)
	} else {
		var id string
		status, id = t.charge(&do, asked)
		if body = map[string]string{"id": id}; status != http.StatusCreated {
			body = map[string]string{"error": http.StatusText(status)} // who errs is told of nobody's charge
		}
	}
	for range t.Busy {
		t.others++
		do.exec("INSERT INTO charges VALUES ('nobody', ?, 'noise', 1)", strconv.Itoa(t.others))
	}
	if do.err != nil {
		return 0, nil, do.err
	}
	return status, body, tx.Commit()
}

// charge does what its key does for the first time, and says under which id.
func (t *Till) charge(do *statements, asked request) (status int, id string) {
	payload := strings.Join([]string{asked.Account, asked.Note, asked.Amount}, " ")
	t.forget(do)
	before, known := do.text("SELECT payload FROM answers WHERE idem = ?", asked.key)
	switch {
	case asked.key == "":
		return http.StatusBadRequest, ""
	case known && before != payload:
		if t.Bug == "loses" {
			do.exec("DELETE FROM charges WHERE idem = ?", asked.key)
		}
		return http.StatusUnprocessableEntity, ""
	case !known || t.Bug == "doubles":
		do.exec("INSERT INTO charges VALUES (?, ?, ?, ?)", asked.Account, asked.key, asked.Note,
			asked.Amount)
	}
	if !known {
		t.made++
		do.exec("INSERT INTO answers VALUES (?, ?, ?, ?)", asked.key, payload, time.Now().Unix(), t.made)
		do.exec("UPDATE accounts SET spent = spent + ? WHERE id = ?", asked.Amount, asked.Account)
	}
	id, _ = do.text("SELECT id FROM answers WHERE idem = ?", asked.key)
	return http.StatusCreated, id
}

// forget forgets the keys that are old enough.
func (t *Till) forget(do *statements) {
	keeps := int64(t.Keeps / time.Second)
	if t.Bug == "forgets" {
		keeps /= 2
	}
	if keeps > 0 && t.Bug != "remembers" {
		do.exec("DELETE FROM answers WHERE born < ?", time.Now().Unix()-keeps)
	}
}

// statements runs statements of a transaction until one fails.
type statements struct {
	tx       *sql.Tx
	numbered bool
	err      error
}

// written is a statement with the parameters that the database knows.
func (s *statements) written(statement string) string {
	for n := 1; s.numbered && strings.Contains(statement, "?"); n++ {
		statement = strings.Replace(statement, "?", "$"+strconv.Itoa(n), 1)
	}
	return statement
}

func (s *statements) exec(statement string, args ...any) {
	if s.err == nil {
		_, s.err = s.tx.ExecContext(context.Background(), s.written(statement), args...)
	}
}

// text is the only column of the only row, if there is one.
func (s *statements) text(statement string, args ...any) (found string, known bool) {
	if s.err != nil {
		return "", false
	}
	err := s.tx.QueryRowContext(context.Background(), s.written(statement), args...).Scan(&found)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		s.err = err
	}
	return found, err == nil
}

// Contract is its contract. The places are what stands behind from: and read_from:, the line is
// what the items of the ledger carry, such as "per: account, key: idem".
func Contract(charges, account, line string) string {
	return fmt.Sprintf(`
version: 1
name: till
target: {url: "http://till.test", timeout: 500ms}
key: {header: Idempotency-Key, required: true}
promises: {missing: [400], mismatch: [422]}
resources:
  account:
    create: {path: /accounts, body: {name: "{unique}"}}
    id: id
    read_from: %s
    state: {spent: {field: spent, initial: 0}}
operations:
  charge:
    path: /charges
    args: {account: {resource: account}, amount: {decimal: {min: "0.01", max: "99.99"}}}
    body: {account: "{account}", amount: "{amount}", note: "{mark}"}
    ok: [201]
    then: {account.spent: account.spent + amount}
    effects: [{ledger: charges, resource: account, fields: {amount: amount}}]
ledgers:
  charges: {from: %s, %s}
`, account, charges, line)
}
