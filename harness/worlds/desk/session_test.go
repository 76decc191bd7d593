package desk_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness"
	"github.com/idemcheck/idemcheck/harness/campaign"
	"github.com/idemcheck/idemcheck/harness/worlds/internal/both"
	"github.com/idemcheck/idemcheck/model/verdict"
	"github.com/idemcheck/idemcheck/scenarios"
)

// locks says how a door is.
type locks struct {
	// life is how long a session lives, and uses how many requests it is good for; zero means for ever.
	life time.Duration
	uses int
	// stores keeps a refusal under the key of an order and gives it again, whoever asks; over does so
	// only where the order was made before.
	stores, over bool
	// shut lets nobody in after so many logins.
	shut int
	// single gives everybody one session, and own keeps keys with the session that sent them.
	single, own bool
}

// door lets callers in who have logged in, for a while.
type door struct {
	locks
	mu     sync.Mutex
	logins int
	since  map[string]time.Time
	used   map[string]int
	burnt  map[string]bool
	// made reports whether there is an order under a key.
	made func(key string) bool
}

// behind is a desk behind a door that takes tokens.
func (l locks) behind() *desk {
	d := newDesk()
	own := &door{locks: l}
	own.since, own.used, own.burnt = map[string]time.Time{}, map[string]int{}, map[string]bool{}
	d.admit = own.admit
	own.made = func(key string) bool {
		d.mu.Lock()
		defer d.mu.Unlock()
		return d.stored[key] != ""
	}
	return d
}

func (o *door) admit(w http.ResponseWriter, r *http.Request) bool {
	switch r.Method + " " + r.URL.Path {
	case "POST /token":
		o.token(w, read(r)["password"])
		return true
	case "GET /login":
		http.SetCookie(w, &http.Cookie{Name: "visit", Value: "guest-visit", Path: "/"})
		_, _ = fmt.Fprint(w, `<form><input type=hidden value="csrf-&amp;-1" name='csrf'></form>`)
		return true
	case "POST /login":
		o.form(w, r)
		return true
	}
	key := r.Header.Get("Idempotency-Key")
	o.mu.Lock()
	refuse := o.stores && o.burnt[key] && r.URL.Path == "/orders"
	o.mu.Unlock()
	if !refuse {
		refuse = !o.known(r)
	}
	if refuse {
		o.mu.Lock()
		o.burnt[key] = o.stores && key != "" && (!o.over || o.made(key))
		o.mu.Unlock()
		reply(w, http.StatusUnauthorized, `{"error":"log in"}`)
	}
	if o.own && key != "" {
		r.Header.Set("Idempotency-Key", key+r.Header.Get("Authorization"))
	}
	return refuse
}

// token is the login by JSON or by form.
func (o *door) token(w http.ResponseWriter, password string) {
	if !strings.HasPrefix(password, "pass-") {
		reply(w, http.StatusForbidden, `{}`)
		return
	}
	reply(w, http.StatusOK, `{"auth":{"token":"`+o.open()+`"}}`)
}

// form is the second step of a login by a page: it needs the cookie and the token of the page.
func (o *door) form(w http.ResponseWriter, r *http.Request) {
	visit, err := r.Cookie("visit")
	said := read(r)
	if err != nil || visit.Value != "guest-visit" || said["csrf"] != "csrf-&-1" ||
		!strings.HasPrefix(said["password"], "pass-") {
		reply(w, http.StatusForbidden, `{}`)
		return
	}
	http.SetCookie(w, &http.Cookie{Name: "sid", Value: o.open(), Path: "/", HttpOnly: true})
	w.Header().Set("Location", "/")
	w.WriteHeader(http.StatusSeeOther)
}

// open begins a session.
func (o *door) open() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.logins++; o.single {
		o.logins = 1
	}
	token := fmt.Sprintf("session-token-%d", o.logins)
	if o.shut == 0 || o.logins <= o.shut {
		o.since[token] = time.Now()
	}
	return token
}

// known reports whether a request carries a session that still lives.
func (o *door) known(r *http.Request) bool {
	token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	if sid, err := r.Cookie("sid"); err == nil {
		token = sid.Value
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	begun, there := o.since[token]
	o.used[token]++
	return there && (o.life == 0 || time.Since(begun) < o.life) && (o.uses == 0 || o.used[token] <= o.uses)
}

// withToken and withPage are how a caller logs in: with JSON or a form for a token, or with a page
// for cookies.
const (
	withToken = `
session:
  login: {path: /token, form: {password: "${PASSWORD}"}}
  capture: {token: {body: auth.token}}
  headers: {Authorization: "Bearer {token}"}
  renew_on: [401]
`
	withPage = `
session:
  login:
    - {method: GET, path: /login}
    - {path: /login, form: {csrf: "{csrf}", password: "${PASSWORD}"}, ok: [303]}
  capture: {csrf: {html: 'input[name=csrf]'}}
  cookies: true
  renew_on: [401]
`
)

func TestACallerLogsIn(t *testing.T) {
	for name, login := range map[string]string{"token": withToken, "page": withPage} {
		t.Run(name, func(t *testing.T) {
			deskWorlds(t, deskPromise(t, asForm, asked, login), locks{}.behind, both.IsValid)
		})
	}
}

func TestASessionThatEndsIsRenewed(t *testing.T) {
	for name, of := range map[string]locks{
		"by time": {life: 60 * time.Millisecond}, "by use": {uses: 7},
	} {
		t.Run(name, func(t *testing.T) {
			deskWorlds(t, deskPromise(t, asForm, asked, withToken), of.behind, both.IsValid)
		})
	}
}

func TestASessionIsRenewedBeforeItEnds(t *testing.T) {
	early := strings.Replace(withToken, "renew_on: [401]", "renew: 30ms", 1)
	of := locks{life: 60 * time.Second}
	deskWorlds(t, deskPromise(t, asForm, asked, early), of.behind, both.IsValid)
}

// TestARefusalThatIsStoredIsFound: the key is burnt by an answer that was about the session.
func TestARefusalThatIsStoredIsFound(t *testing.T) {
	deskWorlds(t, deskPromise(t, asForm, asked, withToken),
		locks{uses: 7, stores: true}.behind, func(t *testing.T, r *campaign.RunResult) {
			if strings.HasSuffix(t.Name(), "/wire") {
				// In real time no two runs of a case meet the end of a session alike, which a busy
				// machine makes a suspicion.
				require.NotEqual(t, verdict.Valid, r.Verdict.Verdict)
				return
			}
			both.Breaks("stuck-key")(t, r)
		})
}

// TestARefusalThatIsStoredOverAnOrderIsFound: the order was made and acknowledged, and its key is
// burnt by a session that ended later.
func TestARefusalThatIsStoredOverAnOrderIsFound(t *testing.T) {
	drawn := deskPromise(t, asForm, asked, withToken)
	t.Setenv("PASSWORD", "pass-word")
	list, err := scenarios.Named([]string{"no-fault-repeat", "lost-answers"})
	require.NoError(t, err)
	try := func(of locks) *campaign.RunResult {
		r, err := harness.Try(t, harness.Suite{Contract: drawn, Scenarios: list, Cases: 24, ShrinkBudget: -1},
			harness.Handler(func(*harness.Env) http.Handler { return of.behind() }))
		require.NoError(t, err)
		return r
	}
	both.Breaks("stuck-key")(t, try(locks{uses: 7, stores: true, over: true}))
	both.IsValid(t, try(locks{uses: 7}))
}

// TestAServiceThatLetsNobodyInIsUnknown: what refuses everybody says nothing about keys.
func TestAServiceThatLetsNobodyInIsUnknown(t *testing.T) {
	for name, of := range map[string]locks{"never": {shut: -1}, "no more": {uses: 12, shut: 2}} {
		t.Run(name, func(t *testing.T) {
			deskWorlds(t, deskPromise(t, asForm, asked, withToken), of.behind,
				func(t *testing.T, r *campaign.RunResult) {
					t.Helper()
					require.Equal(t, verdict.Unknown, r.Verdict.Verdict, "%v", r.Verdict.Violations)
					require.Contains(t, fmt.Sprint(r.Verdict.Reasons), "session.")
				})
		})
	}
}

// TestARepeatInAnotherSessionIsARepeat: a service that keeps keys with a token takes it for an operation
// of its own. Only a contract that says so is held to it, and a login that never gives another session
// shows nothing.
func TestARepeatInAnotherSessionIsARepeat(t *testing.T) {
	c := deskPromise(t, asForm, asked, withToken+"  rotate: true\n")
	deskWorlds(t, c, locks{}.behind, both.IsValid)
	deskWorlds(t, c, locks{own: true}.behind, both.Breaks("duplicate-effect"))
	deskWorlds(t, c, locks{single: true}.behind, func(t *testing.T, r *campaign.RunResult) {
		t.Helper()
		require.Equal(t, verdict.Unknown, r.Verdict.Verdict, "%v", r.Verdict.Violations)
		require.Contains(t, fmt.Sprint(r.Verdict.Reasons), "session.rotate")
	})
	deskWorlds(t, deskPromise(t, asForm, asked, withToken), locks{own: true}.behind, both.IsValid)
}
