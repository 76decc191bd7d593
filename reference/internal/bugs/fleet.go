package bugs

import (
	"strconv"
	"sync"
	"time"

	"github.com/idemcheck/idemcheck/reference/internal/answer"
	"github.com/idemcheck/idemcheck/reference/internal/payment"
	"github.com/idemcheck/idemcheck/reference/internal/right"
	"github.com/idemcheck/idemcheck/reference/store"
)

// fleetBugs forget that there is more than one instance, or that one may end.
func fleetBugs() []Bug {
	return []Bug{
		{
			Name:    "keys-per-instance",
			Mistake: "Each of its two instances keeps keys of its own.",
			Rules: []string{
				"key-ignored", "duplicate-effect", "in-flight-execution", "replay-unmarked", "error-caching",
			},
			Change: func(do *payment.Steps) { do.Scope = perInstance() },
		},
		{
			Name:    "lookup-on-lagging-replica",
			Mistake: "It looks keys up on a replica that lags by a second.",
			Rules: []string{
				"key-ignored", "duplicate-effect", "replay-unmarked", "error-caching",
			},
			Change: func(do *payment.Steps) { do.Find, do.Save = findOnReplica, overwrite },
		},
		{
			Name:    "claim-lost-at-restart",
			Mistake: "It keeps keys in the memory of its process.",
			Rules: []string{
				"duplicate-effect", "key-ignored", "replay-unmarked", "error-caching",
			},
			Needs: needsCrash,
			Change: func(do *payment.Steps) {
				keys := &keyTable{}
				do.Find, do.Commit = keys.find, keys.commit
			},
		},
	}
}

// perInstance lets two instances, each of which knows only its own keys, take turns in answering
// the attempts of an operation.
func perInstance() func(*payment.Arrival) string {
	turns := &turns{of: map[string]int{}}
	return func(at *payment.Arrival) string {
		scope := right.ScopeOf(at)
		return scope + " on instance " + strconv.Itoa(turns.next(scope+at.Key)%2)
	}
}

// turns counts how often each key came.
type turns struct {
	mu sync.Mutex
	of map[string]int
}

func (t *turns) next(key string) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.of[key]++
	return t.of[key]
}

// replicaLag is how old a record must be to have reached the replica.
const replicaLag = time.Second

func findOnReplica(
	s *payment.Server, r store.Reader, at *payment.Arrival,
) (store.Record, bool, error) {
	record, found, err := right.FindByKey(s, r, at)
	arrived := !s.Options.Clock.Now().Before(record.CreatedAt.Add(replicaLag))
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

func (k *keyTable) find(
	s *payment.Server, _ store.Reader, at *payment.Arrival,
) (store.Record, bool, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	record, found := k.records[at.FullKey()]
	return record, found && !record.Expired(s.Options.Clock.Now()), nil
}

func (k *keyTable) commit(s *payment.Server, at *payment.Arrival) (answer.Response, error) {
	decided, err := commitWithoutKey(s, at)
	if err == nil && s.Stores(at, decided) {
		k.put(s.RecordOf(at, decided))
	}
	return decided, err
}
