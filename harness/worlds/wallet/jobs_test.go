package wallet_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/idemcheck/idemcheck/harness/worlds/internal/both"
	"github.com/idemcheck/idemcheck/model"
)

// office is a service that accepts payments and pays them later. What is more than 9.00 it refuses
// then.
type office struct {
	*service
	// forgets takes a key that is repeated before its job has ended for a new one, paysAll pays also
	// what it refuses, and never leaves every job pending.
	forgets, paysAll, never bool
	// shows answers repeats with what became of the job, and not as it was accepted.
	shows bool

	jobs map[string]*job // by key
	all  []*job
}

type job struct {
	ID     string `json:"id"`
	Status string `json:"status"`
	Left   string `json:"left,omitempty"`
}

func newOffice() *office { return &office{service: newService(), jobs: map[string]*job{}} }

func (o *office) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	id, asked := strings.CutPrefix(r.URL.Path, "/jobs/")
	switch {
	case asked:
		o.show(w, id)
	case r.Method == http.MethodPost && r.URL.Path == "/payments":
		o.accept(w, r)
	default:
		o.service.ServeHTTP(w, r)
	}
}

func (o *office) show(w http.ResponseWriter, id string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, j := range o.all {
		if j.ID == id {
			text, _ := json.Marshal(j)
			reply(w, http.StatusOK, string(text))
			return
		}
	}
	reply(w, http.StatusNotFound, `{}`)
}

func (o *office) accept(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	var said payment
	if err != nil || json.Unmarshal(body, &said) != nil {
		reply(w, http.StatusBadRequest, `{}`)
		return
	}
	<-time.After(time.Millisecond)
	o.mu.Lock()
	defer o.mu.Unlock()
	key := r.Header.Get("Idempotency-Key")
	first := o.seen[key]
	if first == "" {
		o.seen[key] = string(body)
	}
	known := o.jobs[key]
	switch {
	case first != "" && first != string(body):
		reply(w, http.StatusUnprocessableEntity, `{}`)
		return
	case known != nil && o.shows && known.Status != "pending":
		text, _ := json.Marshal(known)
		reply(w, http.StatusOK, string(text))
		return
	case known == nil || o.forgets && known.Status == "pending":
		known = &job{ID: fmt.Sprintf("j-%d", len(o.all)+1), Status: "pending"}
		o.jobs[key], o.all = known, append(o.all, known)
		if !o.never {
			time.AfterFunc(20*time.Millisecond, func() { o.work(known, said) })
		}
	}
	w.Header().Set("Location", "/jobs/"+known.ID)
	reply(w, http.StatusAccepted, fmt.Sprintf(`{"id":%q,"status":"pending"}`, known.ID))
}

// work ends a job.
func (o *office) work(j *job, said payment) {
	amount, _ := new(big.Rat).SetString(said.Amount)
	tooMuch := amount.Cmp(big.NewRat(9, 1)) > 0
	if !tooMuch || o.paysAll {
		o.execute(discarded{}, said, j.ID)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if j.Status = "succeeded"; tooMuch {
		j.Status = "failed"
		return
	}
	var paid struct{ Left string }
	_ = json.NewDecoder(bytes.NewBufferString(o.stored[j.ID])).Decode(&paid)
	j.Left = paid.Left
}

// discarded takes an answer that nobody waits for.
type discarded struct{}

func (discarded) Header() http.Header            { return http.Header{} }
func (discarded) Write(text []byte) (int, error) { return len(text), nil }
func (discarded) WriteHeader(int)                {}

// accepting is a contract of the office; poll is where jobs are read.
func accepting(t *testing.T, poll string, more ...string) *model.Contract {
	t.Helper()
	return promise(t, append([]string{
		"    ok: [201]\n    answer", `    ok: [200]
    async:
      accepted: [202]
      poll: ` + poll + `
      done: {field: status, values: [succeeded]}
      refused: {field: status, values: [failed]}
      every: 5ms
      within: 400ms
    when: amount <= 9
    answer`, `max: "99999999999.99"`, `max: "12.00"`,
	}, more...)...)
}

func TestWhatIsAcceptedIsJudgedByWhatBecomesOfIt(t *testing.T) {
	for _, poll := range []string{`{header: Location}`, `{path: "/jobs/{identity}"}`} {
		t.Run(poll, func(t *testing.T) { worlds(t, accepting(t, poll), newOffice, both.IsValid) })
	}
}

func TestRepeatsMayShowWhatBecameOfIt(t *testing.T) {
	for _, replay := range []string{"same-body", "same-status", "current-state"} {
		c := accepting(t, `{header: Location}`, "replay: same-body", "replay: "+replay)
		t.Run(replay, func(t *testing.T) {
			worlds(t, c, func() *office {
				o := newOffice()
				o.shows = true
				return o
			}, both.IsValid)
		})
	}
}

func TestAJobThatIsBegunTwiceIsFound(t *testing.T) {
	c := accepting(t, `{header: Location}`, "replay: same-body", "replay: current-state",
		", fields: {left: wallet.balance}", "")
	worlds(t, c, func() *office {
		o := newOffice()
		o.forgets = true
		return o
	}, both.Breaks("duplicate-effect"))
}

func TestWhatIsRefusedLaterAndDoneIsFound(t *testing.T) {
	worlds(t, accepting(t, `{header: Location}`), func() *office {
		o := newOffice()
		o.paysAll = true
		return o
	}, both.Breaks("phantom-effect"))
}

func TestWhatNeverEndsIsUnknown(t *testing.T) {
	worlds(t, accepting(t, `{header: Location}`), func() *office {
		o := newOffice()
		o.never = true
		return o
	}, isUnknown("does not describe the service"))
}
