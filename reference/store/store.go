// Package store says what the payment service keeps, and what it expects of whatever keeps it.
//
// There are three implementations (memory, sqlite, postgres) and one conformance suite (storetest).
package store

import (
	"context"
	"errors"
	"time"
)

var (
	// ErrNotFound means that nothing is kept under the identity asked for.
	ErrNotFound = errors.New("not found")
	// ErrExists means that the identity is taken, so the insert did nothing.
	ErrExists = errors.New("already exists")
)

// Store keeps accounts, charges, the ledger and the answers given, all-or-nothing per Update.
type Store interface {
	// Update runs fn in one transaction: everything fn wrote is durable when Update returns nil,
	// and nothing of it exists when it returns an error. An error of fn comes back as it is, so
	// that errors.Is works. fn may run more than once and must therefore only assign results, never
	// accumulate them.
	Update(ctx context.Context, fn func(Tx) error) error
	// View runs fn on a consistent picture of everything committed before View began.
	View(ctx context.Context, fn func(Reader) error) error
	// Close frees what the store holds. Using the store afterwards is an error.
	Close() error
}

// Reader reads one consistent picture.
type Reader interface {
	// Account returns ErrNotFound for an account the tenant does not have. Within Update the
	// account stays as read until the transaction ends; read several in ascending order of id.
	Account(tenant, id string) (Account, error)
	// Charge returns ErrNotFound for a charge the tenant does not have.
	Charge(tenant, id string) (Charge, error)
	// Record returns ErrNotFound for a key that was never recorded. It does return expired records:
	// only the caller knows what time it is.
	Record(scope, key string) (Record, error)
	// Effects lists an account's effects in the order of their sequence numbers.
	Effects(query EffectQuery) ([]LedgerEntry, error)
}

// Tx reads and writes inside one transaction and sees its own writes.
type Tx interface {
	Reader
	Keys
	// NextID returns prefix and a number that this store never hands out twice.
	NextID(prefix string) (string, error)
	// InsertAccount returns ErrExists when the tenant has an account of this id.
	InsertAccount(account Account) error
	// InsertCharge returns ErrExists when the tenant has a charge of this id.
	InsertCharge(charge Charge) error
	// AddRefunded raises what was refunded of a charge by amount minor units.
	AddRefunded(tenant, id string, amount int64) error
	// AddBalance adds delta minor units to an account's balance and leaves the ledger alone.
	AddBalance(tenant, id string, delta int64) error
	// Post adds delta minor units to the balance of the effect's account and appends the effect to
	// the ledger under the next sequence number. A delta of zero leaves the balance alone.
	Post(effect LedgerEntry, delta int64) error
}

// Keys writes what is kept under keys.
type Keys interface {
	// InsertRecord returns ErrExists when a record of the same scope and key has not expired by the
	// new record's CreatedAt. An expired one is replaced. It is this uniqueness that keeps two
	// instances over one database from executing an operation twice.
	InsertRecord(record Record) error
	// PutRecord writes the record whatever was there.
	PutRecord(record Record) error
	// DeleteRecord forgets a key. Forgetting an unknown key is no error.
	DeleteRecord(scope, key string) error
	// DeleteExpired forgets at most limit records that had expired by now.
	DeleteExpired(now time.Time, limit int) error
}

// Account is one customer's money. Balance is in minor units.
type Account struct {
	Tenant, ID, Name, Currency string
	Balance                    int64
}

// Charge is one debit by card. Amount and Refunded are in minor units.
type Charge struct {
	Tenant, ID, Account, Reference string
	Amount, Refunded               int64
}

// LedgerEntry is one effect, as a line of the ledger. Key is the idempotency key of its operation,
// empty when the operation had none. Amount is in minor units and positive whatever the kind.
type LedgerEntry struct {
	Seq                                   int64
	Tenant, Account, Kind, Key, Reference string
	Amount                                int64
	At                                    time.Time
}

// EffectQuery chooses effects of one account with a Seq above After. A Limit of zero means all.
type EffectQuery struct {
	Tenant, Account string
	After           int64
	Limit           int
}

// Record is the answer kept under a key. Status is the HTTP status; zero means that the operation
// is still in progress. Body holds the exact bytes of the first answer.
type Record struct {
	Scope, Key, Fingerprint string
	Status                  int
	ContentType             string
	// Location is where what was made can be read, empty when there is nothing to read.
	Location             string
	Body                 []byte
	CreatedAt, ExpiresAt time.Time
}

// Expired says whether the record no longer counts at now.
func (r Record) Expired(now time.Time) bool { return !now.Before(r.ExpiresAt) }
