package harness_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness"
	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/model/verdict"
	"github.com/idemcheck/idemcheck/scenarios"
)

// hidden is a service that lists nothing: what it did stands where it keeps things.
const hidden = `
version: 1
name: hidden
target: {url: "http://hidden.test", timeout: 100ms}
key: {header: Idempotency-Key, required: true}
promises: {missing: [400], mismatch: [422]}
resources:
  account:
    create: {path: /accounts, body: {name: "{unique}"}}
    id: id
    read_from: {func: accounts}
    state: {spent: {field: spent, initial: 0}}
operations:
  charge:
    path: /charges
    args: {account: {resource: account}, amount: {min: 1, max: 9}}
    body: {account: "{account}", amount: "{amount}", note: "{mark}"}
    ok: [201]
    then: {account.spent: account.spent + amount}
    effects: [{ledger: charges, resource: account, fields: {amount: amount}}]
ledgers:
  charges: {from: {func: charges}, per: account, LEDGER}
`

// entry is a charge as the service keeps it.
type entry struct{ account, key, note string }

// hiddenStore is what outlives a crash.
type hiddenStore struct {
	mu      sync.Mutex
	amounts map[entry]int
	extra   []entry
	answers map[string]string
	made    int
}

// hiddenService is right, or does on a repeat what its bug says.
type hiddenService struct {
	*hiddenStore
	bug string
}

// ServeHTTP implements http.Handler.
func (s hiddenService) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var asked struct {
		Account, Note string
		Amount        int
	}
	if json.NewDecoder(r.Body).Decode(&asked) != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.made++
	if r.URL.Path == "/accounts" {
		w.WriteHeader(http.StatusCreated)
		fmt.Fprintf(w, `{"id":"a%d"}`, s.made)
		return
	}
	status, body := s.charge(r.Header.Get("Idempotency-Key"), asked.Account, asked.Note, asked.Amount)
	w.WriteHeader(status)
	fmt.Fprint(w, body)
}

func (s hiddenService) charge(key, account, note string, amount int) (int, string) {
	payload := fmt.Sprint(account, note, amount)
	before, known := s.answers[key]
	if key == "" {
		return http.StatusBadRequest, "{}"
	}
	if known && !strings.HasPrefix(before, payload+"|") {
		return http.StatusUnprocessableEntity, "{}"
	}
	at := entry{account, key, note}
	if !known {
		before = fmt.Sprintf(`%s|{"id":"c%d"}`, payload, s.made)
		s.answers[key] = before
		if s.bug != "loses" {
			s.amounts[at] = amount
		}
	} else if s.bug == "doubles" {
		s.extra = append(s.extra, at)
	}
	return http.StatusCreated, strings.TrimPrefix(before, payload+"|")
}

// charges are those of an account, as a query would show them.
func (s hiddenService) charges(_ context.Context, of map[string]any) ([]any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []any
	add := func(at entry) {
		if at.account == of["id"] {
			out = append(out, map[string]any{"key": at.key, "note": at.note, "amount": s.amounts[at]})
		}
	}
	for at := range s.amounts {
		add(at)
	}
	for _, at := range s.extra {
		add(at)
	}
	return out, nil
}

// accounts is what the account with an id has spent.
func (s hiddenService) accounts(ctx context.Context, of map[string]any) ([]any, error) {
	all, err := s.charges(ctx, of)
	spent := 0
	for _, c := range all {
		spent += c.(map[string]any)["amount"].(int)
	}
	return []any{map[string]any{"spent": spent}}, err
}

// looked checks the service with a bug, with items that carry what a ledger says.
func looked(t *testing.T, ledger, bug string, more func(*harness.Env)) verdict.Verdict {
	t.Helper()
	c, err := contract.Parse("hidden.yaml", []byte(strings.Replace(hidden, "LEDGER", ledger, 1)))
	require.NoError(t, err)
	res, err := harness.Try(t, harness.Suite{Contract: c, Scenarios: scenarios.HTTP(), Cases: 60},
		harness.Handler(func(env *harness.Env) http.Handler {
			s := hiddenService{harness.Keep(env, "store", func() *hiddenStore {
				return &hiddenStore{amounts: map[entry]int{}, answers: map[string]string{}}
			}), bug}
			env.Items("charges", s.charges)
			env.Items("accounts", s.accounts)
			if more != nil {
				more(env)
			}
			return s
		}))
	require.NoError(t, err)
	return res.Verdict
}

// TestEffectsThatNoServiceLists are seen by a function, whether items carry the key, the note or no
// name at all.
func TestEffectsThatNoServiceLists(t *testing.T) {
	for _, ledger := range []string{"key: key", "mark: note", "unnamed: true"} {
		for bug, rule := range map[string]string{
			"": "", "doubles": "duplicate-effect key-ignored", "loses": "lost-effect",
		} {
			t.Run(ledger+" "+bug, func(t *testing.T) {
				v := looked(t, ledger, bug, nil)
				if bug == "" {
					require.Equal(t, verdict.Valid, v.Verdict, "%v %v", v.Violations, v.Reasons)
					return
				}
				if bug == "loses" { // the warm-up sees it before anything is accused
					require.NotEqual(t, verdict.Valid, v.Verdict)
					return
				}
				require.Equal(t, verdict.Invalid, v.Verdict, v.Reasons)
				require.Contains(t, rule, v.Violations[0].Rule)
			})
		}
	}
}

// TestOthersWhoWriteMakeARunUnknown: what changes although nothing is sent proves nothing.
func TestOthersWhoWriteMakeARunUnknown(t *testing.T) {
	v := looked(t, "unnamed: true", "", func(env *harness.Env) {
		begun := time.Now()
		env.Items("charges", func(context.Context, map[string]any) ([]any, error) {
			return make([]any, time.Since(begun)/(50*time.Millisecond)), nil
		})
	})
	require.Equal(t, verdict.Unknown, v.Verdict, v.Violations)
	require.Contains(t, strings.Join(v.Reasons, "\n"),
		"ledger charges showed something new although nothing was sent")
}

// TestNobodyReads: a contract that names a function that no test hands over is unknown.
func TestNobodyReads(t *testing.T) {
	v := looked(t, "key: key", "", func(env *harness.Env) {
		env.Items("charges", func(context.Context, map[string]any) ([]any, error) {
			return nil, context.DeadlineExceeded
		})
	})
	require.Equal(t, verdict.Unknown, v.Verdict)
	require.Contains(t, strings.Join(v.Reasons, "\n"), "ledger charges: context deadline exceeded")
}
