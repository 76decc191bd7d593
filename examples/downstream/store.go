package downstream

import (
	"net/http"
	"sync"
)

// Answer is what a client gets, now and on every retry.
type Answer struct {
	Status int
	Body   string
}

// Record is what the service knows of a key.
type Record struct {
	Payment
	Key         string `json:"key"`
	Fingerprint string `json:"-"`
	Answer      Answer `json:"-"`
}

// Store keeps records; it stands for a table with a unique key.
type Store struct {
	disk *Disk
	// alive is asked before anything is written.
	alive func() error
}

// Disk holds what a [Store] wrote, and outlives it. The zero value is empty.
type Disk struct {
	mu sync.Mutex
	// records are protected by mu.
	records []Record
}

// Open returns the store on a disk. A store writes as long as alive, which may be nil, returns
// nil: a killed process writes nothing more.
func Open(disk *Disk, alive func() error) *Store {
	if alive == nil {
		alive = func() error { return nil }
	}
	return &Store{disk, alive}
}

// Find returns the record of a key.
func (s *Store) Find(key string) (Record, bool) {
	s.disk.mu.Lock()
	defer s.disk.mu.Unlock()
	return s.disk.find(key)
}

func (d *Disk) find(key string) (Record, bool) {
	for _, r := range d.records {
		if r.Key == key {
			return r, true
		}
	}
	return Record{}, false
}

// Add writes a record; one that is there already stays as it is.
func (s *Store) Add(r Record) error {
	s.disk.mu.Lock()
	defer s.disk.mu.Unlock()
	if err := s.alive(); err != nil {
		return err
	}
	if _, ok := s.disk.find(r.Key); !ok {
		s.disk.records = append(s.disk.records, r)
	}
	return nil
}

// Paid lists the records of what a customer paid.
func (s *Store) Paid(customer string) []Record {
	s.disk.mu.Lock()
	defer s.disk.mu.Unlock()
	all := []Record{}
	for _, r := range s.disk.records {
		if r.Customer == customer && r.Answer.Status == http.StatusCreated {
			all = append(all, r)
		}
	}
	return all
}

// claims are the keys that are being worked on.
type claims struct {
	mu sync.Mutex
	// keys are protected by mu.
	keys map[string]bool
}

func newClaims() *claims { return &claims{keys: map[string]bool{}} }

// take claims a key, or returns false when somebody else has.
func (c *claims) take(key string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.keys[key] {
		return false
	}
	c.keys[key] = true
	return true
}

func (c *claims) give(key string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.keys, key)
}
