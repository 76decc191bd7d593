package memory

import (
	"container/heap"
	"slices"
	"strconv"
	"time"

	"github.com/idemcheck/idemcheck/reference/store"
)

// transaction writes in place and remembers how to take each write back, because copying the maps
// for every operation would cost more than the rare rollback.
type transaction struct {
	reader
	undo []func()
}

func (t *transaction) rollback() {
	for _, undo := range slices.Backward(t.undo) {
		undo()
	}
}

func (t *transaction) NextID(prefix string) (string, error) {
	t.data.ids++
	t.undo = append(t.undo, func() { t.data.ids-- })
	return prefix + strconv.FormatInt(t.data.ids, 10), nil
}

func (t *transaction) InsertAccount(account store.Account) error {
	return insert(t, t.data.accounts, pair{account.Tenant, account.ID}, account)
}

func (t *transaction) InsertCharge(charge store.Charge) error {
	return insert(t, t.data.charges, pair{charge.Tenant, charge.ID}, charge)
}

func (t *transaction) AddRefunded(tenant, id string, amount int64) error {
	return change(t, t.data.charges, pair{tenant, id}, func(c *store.Charge) { c.Refunded += amount })
}

func (t *transaction) AddBalance(tenant, id string, delta int64) error {
	return change(t, t.data.accounts, pair{tenant, id}, func(a *store.Account) { a.Balance += delta })
}

// change puts a changed value in the place of one that is there.
func change[V any](t *transaction, table map[pair]V, id pair, by func(*V)) error {
	value, err := get(table, id)
	if err != nil {
		return err
	}
	by(&value)
	put(t, table, id, value)
	return nil
}

func (t *transaction) Post(effect store.LedgerEntry, delta int64) error {
	if err := t.AddBalance(effect.Tenant, effect.Account, delta); err != nil {
		return err
	}
	id := pair{effect.Tenant, effect.Account}
	t.data.seq++
	effect.Seq = t.data.seq
	before := t.data.effects[id]
	t.data.effects[id] = append(before, effect)
	t.undo = append(t.undo, func() {
		t.data.seq--
		t.data.effects[id] = before
	})
	return nil
}

func (t *transaction) InsertRecord(record store.Record) error {
	old, exists := t.data.records[pair{record.Scope, record.Key}]
	if exists && !old.Expired(record.CreatedAt) {
		return store.ErrExists
	}
	return t.PutRecord(record)
}

func (t *transaction) PutRecord(record store.Record) error {
	record.Body = slices.Clone(record.Body)
	id := pair{record.Scope, record.Key}
	put(t, t.data.records, id, record)
	// Not undone: an entry without its record is dropped when its time comes.
	heap.Push(&t.data.expiries, expiry{at: record.ExpiresAt, id: id})
	return nil
}

func (t *transaction) DeleteRecord(scope, key string) error {
	remove(t, t.data.records, pair{scope, key})
	return nil
}

func (t *transaction) DeleteExpired(now time.Time, limit int) error {
	queue := &t.data.expiries
	for ; limit > 0 && queue.Len() > 0 && !now.Before((*queue)[0].at); limit-- {
		entry := heap.Pop(queue).(expiry)
		if record, ok := t.data.records[entry.id]; ok && record.Expired(now) {
			remove(t, t.data.records, entry.id)
			t.undo = append(t.undo, func() { heap.Push(queue, entry) })
		}
	}
	return nil
}

func insert[V any](t *transaction, table map[pair]V, id pair, value V) error {
	if _, taken := table[id]; taken {
		return store.ErrExists
	}
	put(t, table, id, value)
	return nil
}

func put[V any](t *transaction, table map[pair]V, id pair, value V) {
	t.remember(restore(table, id))
	table[id] = value
}

func remove[V any](t *transaction, table map[pair]V, id pair) {
	t.remember(restore(table, id))
	delete(table, id)
}

func (t *transaction) remember(undo func()) { t.undo = append(t.undo, undo) }

// restore returns what puts an entry of the table back to how it is now.
func restore[V any](table map[pair]V, id pair) func() {
	old, existed := table[id]
	if !existed {
		return func() { delete(table, id) }
	}
	return func() { table[id] = old }
}

type expiry struct {
	at time.Time
	id pair
}

// expiryQueue is a heap with the record that expires first on top.
type expiryQueue []expiry

func (q expiryQueue) Len() int           { return len(q) }
func (q expiryQueue) Less(i, j int) bool { return q[i].at.Before(q[j].at) }
func (q expiryQueue) Swap(i, j int)      { q[i], q[j] = q[j], q[i] }
func (q *expiryQueue) Push(x any)        { *q = append(*q, x.(expiry)) }

func (q *expiryQueue) Pop() any {
	old := *q
	last := old[len(old)-1]
	*q = old[:len(old)-1]
	return last
}
