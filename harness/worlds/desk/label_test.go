package desk_test

import (
	"net/http"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/campaign"
	"github.com/idemcheck/idemcheck/harness/worlds/internal/both"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// labelled is the contract of a desk whose orders have a label.
func labelled(t *testing.T, label string) *model.Contract {
	t.Helper()
	return deskPromise(t, asForm+"\n    label: "+label, asked, "")
}

// forgetful is a desk that executes every repeat again; told hears of each order.
func forgetful(told func(d *desk, reference string)) func() *desk {
	return func() *desk {
		d := newDesk()
		d.forgets = true
		d.admit = func(_ http.ResponseWriter, r *http.Request) bool {
			if r.Method == http.MethodPost && r.URL.Path == "/orders" {
				told(d, read(r)["reference"])
			}
			return false
		}
		return d
	}
}

func TestWhatIsNotIdempotentIsSentOnce(t *testing.T) {
	var mu sync.Mutex
	type sent struct {
		to        *desk
		reference string
	}
	got := map[sent]int{}
	desk := forgetful(func(d *desk, reference string) {
		mu.Lock()
		defer mu.Unlock()
		got[sent{d, reference}]++
	})
	deskWorlds(t, labelled(t, "not"), desk, func(t *testing.T, r *campaign.RunResult) {
		both.IsValid(t, r)
		once := r.Verdict.Judged.Once
		require.Equal(t, r.Verdict.Judged.Operations, once.Sent)
		require.LessOrEqual(t, r.Verdict.Judged.Attempts, once.Sent)
		require.Positive(t, once.Executed, "%+v: without an answer, and executed", once)
		require.Less(t, once.Executed, once.Sent)
		mu.Lock()
		defer mu.Unlock()
		require.NotEmpty(t, got)
		for order, n := range got {
			require.Equal(t, 1, n, order.reference)
		}
	})
}

func TestAServiceThatRepeatsByItselfIsFound(t *testing.T) {
	deskWorlds(t, labelled(t, "not"), func() *desk {
		d := newDesk()
		d.admit = func(w http.ResponseWriter, r *http.Request) bool {
			said := read(r)
			if r.Method != http.MethodPost || r.URL.Path != "/orders" || said["amount"] != "9" {
				return false
			}
			d.order(discarded{http.Header{}}, "first of "+said["reference"], said)
			d.order(w, "second of "+said["reference"], said)
			return true
		}
		return d
	}, both.Breaks("duplicate-effect"))
}

// discarded is an answer that nobody gets.
type discarded struct{ header http.Header }

func (d discarded) Header() http.Header         { return d.header }
func (d discarded) Write(p []byte) (int, error) { return len(p), nil }
func (d discarded) WriteHeader(int)             {}

func TestASecondExecutionMayBeADeclaredRisk(t *testing.T) {
	c := labelled(t, "potentially")
	c.Promises.MismatchAnswer = "executed" // by a service that does not know keys
	deskWorlds(t, c, forgetful(func(*desk, string) {}),
		func(t *testing.T, r *campaign.RunResult) {
			both.IsValid(t, r)
			var rules []string
			for _, v := range r.Verdict.Violations {
				require.Equal(t, verdict.LevelDivergence, v.Level, "%+v", v)
				require.Contains(t, v.Message, "declared risk (label: potentially)")
				rules = append(rules, v.Rule)
			}
			require.Contains(t, rules, "duplicate-effect")
		})
}

func TestTheRiskIsNoExcuseForWhatIsLost(t *testing.T) {
	deskWorlds(t, labelled(t, "potentially"), func() *desk {
		d := newDesk()
		d.admit = func(w http.ResponseWriter, r *http.Request) bool {
			lost := r.Method == http.MethodPost && r.URL.Path == "/orders" && read(r)["amount"] == "9"
			if lost {
				reply(w, http.StatusCreated, `{"id":"o-0"}`)
			}
			return lost
		}
		return d
	}, both.Breaks("lost-effect"))
}
