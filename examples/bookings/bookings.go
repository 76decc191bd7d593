// Package bookings reserves seats with net/http and database/sql: the idempotency key, the seats
// and the answer are kept in one transaction.
//
// That transaction is the whole trick. A client that hangs up, a crash, a second copy of the same
// attempt: whatever happens, either all three are in the database, and a retry gets the stored
// answer, or none of them is, and the retry is the first. [Options].KeyLast is how one often sees
// it done instead, and
//
//	BOOKINGS_KEY_LAST=1 go test -run TestBookingsAreRetrySafe
//
// shows what comes of it.
package bookings

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// schema is what the service keeps. An answer belongs to a key for ever.
const schema = `
CREATE TABLE IF NOT EXISTS shows (id TEXT PRIMARY KEY, seats_left INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS bookings (id INTEGER PRIMARY KEY AUTOINCREMENT, show TEXT NOT NULL,
	seats INTEGER NOT NULL, guest TEXT NOT NULL, key TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS answers (key TEXT PRIMARY KEY, fingerprint TEXT NOT NULL,
	status INTEGER NOT NULL, body TEXT NOT NULL);`

// Options change how a service is made. The zero value is right.
type Options struct {
	// Point is called with the name of a place worth crashing at: "seats-taken", "committed". Nil does
	// nothing.
	Point func(name string)
	// KeyLast is deliberately wrong: it keeps the key in a transaction of its own, after the seats.
	KeyLast bool
	// Hold is how long the box office takes to hold seats; zero means no time.
	Hold time.Duration
}

type service struct {
	db      *sql.DB
	options Options
}

// Prepare makes the tables where they are missing.
func Prepare(ctx context.Context, db *sql.DB) error {
	if _, err := db.ExecContext(ctx, schema); err != nil {
		return fmt.Errorf("making the tables: %w", err)
	}
	return nil
}

// New returns the service over a database that [Prepare] has seen. Its transactions must exclude
// each other from the beginning, as SQLite's do with _txlock=immediate.
func New(db *sql.DB, o Options) http.Handler {
	if o.Point == nil {
		o.Point = func(string) {}
	}
	s := &service{db, o}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /shows", s.addShow)
	mux.HandleFunc("GET /shows/{id}", s.show)
	mux.HandleFunc("POST /bookings", s.book)
	mux.HandleFunc("GET /bookings", s.bookings)
	mux.HandleFunc("GET /bookings/{id}", s.booking)
	return mux
}

// order is what a client sends.
type order struct {
	Show  string `json:"show"`
	Seats int    `json:"seats"`
	Guest string `json:"guest"`
}

// answer is what a client gets, now and on every retry.
type answer struct {
	status int
	body   string
}

func (s *service) book(w http.ResponseWriter, r *http.Request) {
	key, ok := parseKey(r.Header.Values("Idempotency-Key"))
	if !ok {
		write(w, problem(http.StatusBadRequest, `send one header Idempotency-Key: "your key"`))
		return
	}
	// A body that breaks off is no order, even when what came of it happens to be JSON.
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<16))
	var o order
	if err != nil || json.Unmarshal(body, &o) != nil || o.Seats < 1 {
		write(w, problem(http.StatusBadRequest, "this is no order"))
		return
	}
	a, err := s.once(r.Context(), attempt{key, fingerprint(body), o})
	if err != nil {
		a = problem(http.StatusServiceUnavailable, "try again with the same key")
	}
	write(w, a)
}

// parseKey reads the structured-field string that the IETF's draft asks for.
func parseKey(lines []string) (string, bool) {
	if len(lines) != 1 || len(lines[0]) < 3 {
		return "", false
	}
	line := lines[0]
	key := line[1 : len(line)-1]
	strange := func(c rune) bool { return c < ' ' || c > '~' || c == '"' || c == '\\' }
	return key, line == `"`+key+`"` && !strings.ContainsFunc(key, strange)
}

func fingerprint(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}

func problem(status int, detail string) answer {
	return encode(status, map[string]any{"status": status, "detail": detail})
}

func encode(status int, v any) answer {
	body, err := json.Marshal(v)
	if err != nil {
		return answer{http.StatusInternalServerError, `{"status":500}`}
	}
	return answer{status, string(body)}
}

func write(w http.ResponseWriter, a answer) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(a.status)
	_, _ = io.WriteString(w, a.body) // a client that has left will ask again
}

func found(w http.ResponseWriter, v any, err error) {
	switch {
	case errors.Is(err, sql.ErrNoRows):
		write(w, problem(http.StatusNotFound, "there is no such thing"))
	case err != nil:
		write(w, problem(http.StatusServiceUnavailable, err.Error()))
	default:
		write(w, encode(http.StatusOK, v))
	}
}
