package reference

import (
	"errors"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/idemcheck/idemcheck/reference/store"
)

const (
	// replicaLag is how old a record must be to have reached the replica.
	replicaLag = time.Second
	// behind is how much later than the answer the key is stored, at least.
	behind = 250 * time.Millisecond
	// lockPoll is how often those who wait for a lock try again.
	lockPoll = time.Millisecond
)

// earlyLookups are what attempts saw before they had the lock of their key.
type earlyLookups struct{ seen notes[lookup] }

type lookup struct {
	record store.Record
	found  bool
}

// claim looks the key up and only then waits until nobody else works on it.
func (e *earlyLookups) claim(s *Service, at *attempt) (release func(), ok bool, err error) {
	err = s.set.Store.View(at.ctx, func(r store.Reader) error {
		record, found, err := findByKey(s, r, at)
		e.seen.put(at, lookup{record, found})
		return err
	})
	for err == nil {
		if release, ok, _ = claimInProcess(s, at); ok {
			return release, true, nil
		}
		err = pause(at.ctx, lockPoll)
	}
	return nil, false, err
}

// find does not look again.
func (e *earlyLookups) find(
	_ *Service, _ store.Reader, at *attempt,
) (store.Record, bool, error) {
	seen := e.seen.get(at)
	return seen.record, seen.found, nil
}

// keyAndBody is what key and body together are stored as.
func keyAndBody(key, fingerprint string) string { return key + "\n" + fingerprint }

func findByKeyAndBody(s *Service, r store.Reader, at *attempt) (store.Record, bool, error) {
	same := *at
	same.recordKey = keyAndBody(at.recordKey, at.fingerprint)
	return findByKey(s, r, &same)
}

func saveUnderKeyAndBody(tx store.Tx, r store.Record) error {
	r.Key = keyAndBody(r.Key, r.Fingerprint)
	return tx.InsertRecord(r)
}

// commitOrBreak does not know what a unique violation means.
func commitOrBreak(s *Service, at *attempt) (answer, error) {
	decided, err := s.commit(at)
	if errors.Is(err, store.ErrExists) {
		return problem(internal, "duplicate key value violates unique constraint"), nil
	}
	return decided, err
}

// slip is what the mailer returns for a receipt that it took.
type slip struct{ account string }

// mail returns nil when the client, in whose name it is sent, has gone.
func mail(s *Service, at *attempt, in *chargeInput) *slip {
	if pause(at.request, s.set.Work) != nil {
		return nil
	}
	return &slip{in.Account}
}

// dropOnPanic trusts that there is a slip, and takes any panic for work that was not done.
func dropOnPanic(s *Service, at *attempt, decided answer) (out answer) {
	in, hasReceipt := at.operation.(*chargeInput)
	if !hasReceipt {
		return decided
	}
	defer func() {
		if broken := recover(); broken != nil {
			drop(s, at)
			out = problem(internal, "the attempt broke: %v", broken)
		}
	}()
	s.set.Log.DebugContext(at.ctx, "receipt sent", "account", mail(s, at, in).account)
	return decided
}

// commitKeyFirst stores the answer before the effect, which is entered for the client.
func commitKeyFirst(s *Service, at *attempt) (decided answer, err error) {
	var d decision
	err = s.update(at, func(tx store.Tx) (err error) {
		if d, err = at.operation.decide(tx, at.tenant); err != nil {
			return err
		}
		if decided = created(d.result); d.refusal != nil {
			decided = *d.refusal
		}
		return s.record(tx, at, decided)
	})
	if err != nil || d.refusal != nil {
		return decided, err
	}
	return decided, s.set.Store.Update(at.request, func(tx store.Tx) error {
		_, err := s.enter(tx, at, d)
		return err
	})
}

// commitThenKeyForClient loses the key of a client that has gone, and answers as if nothing was.
func commitThenKeyForClient(s *Service, at *attempt) (answer, error) {
	decided, err := commitWithoutKey(s, at)
	if err != nil {
		return decided, err
	}
	return commitKeyForClient(s, at, decided), nil
}

func commitKeyForClient(s *Service, at *attempt, decided answer) answer {
	err := s.set.Store.Update(at.request, func(tx store.Tx) error {
		return s.record(tx, at, decided)
	})
	if err != nil {
		s.set.Log.ErrorContext(at.ctx, "key not stored", "error", err)
	}
	return decided
}

// writeAndStoreLater lets the client have its answer before the key is on its way.
func writeAndStoreLater(s *Service, w http.ResponseWriter, at *attempt, a answer) {
	a.write(w)
	if !a.decided {
		return
	}
	err := http.NewResponseController(w).Flush()
	if err == nil {
		err = pause(at.ctx, max(s.set.Work, behind))
	}
	err = errors.Join(err, s.update(at, func(tx store.Tx) error { return s.record(tx, at, a) }))
	if err != nil {
		s.set.Log.ErrorContext(at.ctx, "storing the key after the answer", "error", err)
	}
}

// perInstance lets two instances, each of which knows only its own keys, take turns in answering
// the attempts of an operation.
func perInstance() func(*attempt) string {
	var mu sync.Mutex
	turns := map[string]int{}
	return func(at *attempt) string {
		mu.Lock()
		defer mu.Unlock()
		scope := scopeOf(at)
		turns[scope+at.key]++
		return scope + " on instance " + strconv.Itoa(turns[scope+at.key]%2)
	}
}

func findOnReplica(s *Service, r store.Reader, at *attempt) (store.Record, bool, error) {
	record, found, err := findByKey(s, r, at)
	arrived := !s.set.Clock.Now().Before(record.CreatedAt.Add(replicaLag))
	return record, found && arrived, err
}

// keyTable keeps keys in the memory of one process.
type keyTable struct {
	mu      sync.Mutex // guards records
	records map[string]store.Record
}

func (k *keyTable) put(r store.Record) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.records == nil {
		k.records = map[string]store.Record{}
	}
	k.records[r.Scope+"\n"+r.Key] = r
}

func (k *keyTable) find(s *Service, _ store.Reader, at *attempt) (store.Record, bool, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	record, found := k.records[at.fullKey()]
	return record, found && !record.Expired(s.set.Clock.Now()), nil
}

func (k *keyTable) commit(s *Service, at *attempt) (answer, error) {
	decided, err := commitWithoutKey(s, at)
	if err == nil && s.stores(at, decided) {
		k.put(s.recordOf(at, decided))
	}
	return decided, err
}
