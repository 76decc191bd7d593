package attack

import (
	"cmp"
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/reference"
)

// VirtualScripts lists attacks that need to know when everybody waits, and so do without a network.
// The store must be one in memory.
func VirtualScripts() map[string]Attack {
	scripts := map[string]Attack{}
	for name, attack := range map[string]func(*virtual) string{
		"newcomer beside one who waits":  newcomer,
		"repeat is answered":             func(v *virtual) string { return v.answered("k1", "k1") },
		"long key is answered":           longKeyAnswered,
		"come back to what was finished": comeBackToFinished,
		"two at the same instant":        twoAtOneInstant,
		"two keys at the same instant":   twoKeysAtOneInstant,
	} {
		scripts[name] = func(t *testing.T, options reference.Options) (complaint string) {
			synctest.Test(t, func(t *testing.T) {
				v := newVirtual(t, options)
				v.pass = func(d time.Duration) { time.Sleep(d) }
				complaint = attack(v)
			})
			return complaint
		}
	}
	return scripts
}

// silence is how long, in virtual time, an attempt may go without an answer: less than the service
// works on it at most.
const silence = 10 * time.Second

// virtual is a service in virtual time, with an account that has Funds. Its processor works for a
// second.
type virtual struct {
	t       *testing.T
	service http.Handler
	pass    func(time.Duration) // lets virtual time pass
}

func newVirtual(t *testing.T, options reference.Options) *virtual {
	options.Work = time.Second
	service, err := reference.New(options)
	require.NoError(t, err)
	v := &virtual{t: t, service: service}
	v.send(t.Context(), attempt{
		path: "/v1/accounts", key: "open", body: `{"id":"shop","name":"Ada","balance":10000}`,
	})
	return v
}

func (v *virtual) send(client context.Context, a attempt) *httptest.ResponseRecorder {
	r := httptest.NewRequestWithContext(client, cmp.Or(a.method, http.MethodPost),
		cmp.Or(a.path, "/v1/charges"), strings.NewReader(a.body))
	r.Header.Set("Authorization", "Bearer alpha-token")
	r.Header.Set("Idempotency-Key", `"`+a.key+`"`)
	w := httptest.NewRecorder()
	v.service.ServeHTTP(w, r)
	return w
}

// start returns as soon as nothing more happens without time passing.
func (v *virtual) start(client context.Context, a attempt) <-chan answer {
	out := make(chan answer, 1)
	go func() {
		w := v.send(client, a)
		marked := w.Header().Get("Idempotent-Replayed") == "true"
		out <- answer{status: w.Code, body: w.Body.String(), marked: marked}
	}()
	synctest.Wait()
	return out
}

// balance says what the account holds.
func (v *virtual) balance() string {
	w := v.send(v.t.Context(), attempt{method: http.MethodGet, path: "/v1/accounts/shop"})
	_, after, _ := strings.Cut(w.Body.String(), `"balance":`)
	return strings.TrimRight(after, "}\n")
}

// answered charges under each key, one after the other, and complains of the first with no answer.
func (v *virtual) answered(keys ...string) string {
	client, leave := context.WithCancel(v.t.Context())
	defer synctest.Wait()
	defer leave()
	for _, key := range keys {
		answers := v.start(client, charge(key, 1234))
		v.pass(silence)
		select {
		case a := <-answers:
			if a.status != http.StatusCreated {
				return expect("status", http.StatusCreated, a.status)
			}
		default:
			return "there is no answer under the key " + key
		}
	}
	return ""
}

func longKeyAnswered(v *virtual) string { return v.answered("order-" + strings.Repeat("7", 45)) }

// comeBackToFinished leaves while the processor works and comes back when the work is done.
func comeBackToFinished(v *virtual) string {
	client, leave := context.WithCancel(v.t.Context())
	v.start(client, charge("k1", 1234))
	leave()
	v.pass(time.Minute)
	return first(v.answered("k1"), expect("balance", "8766", v.balance()))
}

// newcomer has the first attempt fail while a second one waits for its key, and a third come while
// the second works.
func newcomer(v *virtual) string {
	client, leave := context.WithCancel(v.t.Context())
	defer leave()
	v.start(client, charge("k1", 1234))
	v.start(v.t.Context(), charge("k1", 1234))
	leave()
	synctest.Wait()
	v.start(v.t.Context(), charge("k1", 1234))
	v.pass(time.Minute)
	return expect("balance", "8766", v.balance())
}

// twoAtOneInstant has both attempts of an operation begin before anything takes time.
func twoAtOneInstant(v *virtual) string {
	one := v.start(v.t.Context(), charge("k1", 1234))
	other := v.start(v.t.Context(), charge("k1", 1234))
	<-one
	<-other
	return expect("balance", "8766", v.balance())
}

// twoKeysAtOneInstant has two operations finish at the same instant, and repeats both.
func twoKeysAtOneInstant(v *virtual) string {
	one, other := v.start(v.t.Context(), charge("k1", 5)), v.start(v.t.Context(), charge("k2", 7))
	<-one
	<-other
	again, too := <-v.start(v.t.Context(), charge("k1", 5)), <-v.start(v.t.Context(), charge("k2", 7))
	return first(
		expect("repeat of one is a replay", true, again.marked),
		expect("repeat of the other is a replay", true, too.marked),
		expect("balance", "9988", v.balance()),
	)
}
