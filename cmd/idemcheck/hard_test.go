package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/model/verdict"
)

// hard is a service that is no easy target; the zero value is one that answers at once and for ever.
type hard struct {
	flaws
	// wait is how long it takes to answer an operation.
	wait time.Duration
	// perSecond is how many requests it allows in a second, zero for all.
	perSecond int
	// life is how long a token lives that POST /login gives, zero for ever.
	life time.Duration
	// dies is after how many requests it is gone, zero for never.
	dies int
}

// hardService serves one.
type hardService struct {
	hard
	inner *payments
	gone  func()
	mu    sync.Mutex
	// second began at since and has seen count requests; tokens end at a time; all are requests that
	// came. All are protected by mu.
	since  time.Time
	count  int
	tokens map[string]time.Time
	all    int
}

// serveHard serves a hard service and returns its URL.
func serveHard(t *testing.T, h hard) string {
	t.Helper()
	s := &hardService{hard: h, inner: newPayments(h.flaws), tokens: map[string]time.Time{}}
	server := httptest.NewServer(s)
	s.gone = func() { _ = server.Config.Close() } // as a process that ends: no connection lives on
	t.Cleanup(server.Close)
	return server.URL
}

func (s *hardService) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.all++
	dead := s.dies > 0 && s.all > s.dies
	if time.Since(s.since) >= time.Second {
		s.since, s.count = time.Now(), 0
	}
	s.count++
	limited := s.perSecond > 0 && s.count > s.perSecond
	ends, known := s.tokens[strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")]
	s.mu.Unlock()
	switch {
	case dead:
		s.gone()
		return
	case limited:
		w.Header().Set("Retry-After", "1")
		http.Error(w, `{"error": "slow down"}`, http.StatusTooManyRequests)
		return
	case s.life > 0 && r.URL.Path == "/login":
		s.login(w)
		return
	case s.life > 0 && (!known || time.Now().After(ends)):
		http.Error(w, `{"error": "log in again"}`, http.StatusUnauthorized)
		return
	}
	if s.life > 0 {
		r.Header.Set("Authorization", "Bearer "+literal)
	}
	if r.URL.Path == "/payments" && r.Method == http.MethodPost {
		<-time.After(s.wait)
	}
	s.inner.ServeHTTP(w, r)
}

func (s *hardService) login(w http.ResponseWriter) {
	s.mu.Lock()
	defer s.mu.Unlock()
	token := "token-" + time.Now().Format(time.RFC3339Nano)
	s.tokens[token] = time.Now().Add(s.life)
	_, _ = w.Write([]byte(`{"token": "` + token + `"}`))
}

// Lines of the minimal contract, and what to write instead.
const (
	hasty  = "  timeout: 500ms"
	header = `  headers: {Authorization: "Bearer literal-secret-9f2c"}`
	login  = "session:\n  login: {path: /login}\n  capture: {token: {body: token}}\n" +
		"  headers: {Authorization: \"Bearer {token}\"}"
)

// trying is one try of a hard service.
type trying struct {
	name string
	hard hard
	// old and line are a line of the contract, and what stands there instead.
	old, line string
	// scenarios and cases are what is tried.
	scenarios, cases string
	// says is the only reason for an unknown verdict, as a regular expression; "" for a valid one.
	says string
}

func tryings() []trying {
	const slow, life = 500 * time.Millisecond, 400 * time.Millisecond
	if os.Getenv(servicesVariable) != "" {
		return longLived()
	}
	return []trying{
		{
			"slow, clients give up",
			hard{wait: slow},
			hasty, "  timeout: 400ms", "slow", "1",
			`operation payment is answered after [\d.]+m?s, and clients give up after 400ms: set target.timeout: auto`,
		},
		{"slow, as it says", hard{wait: slow}, hasty, "  timeout: auto", "no-fault-repeat,slow", "4", ""},
		{"limited", hard{perSecond: 50}, hasty, hasty, "no-fault-repeat,lost-answers", "16", ""},
		{
			"limited, as it says",
			hard{perSecond: 50},
			hasty, hasty + "\n  max_rate: 20",
			"no-fault-repeat,lost-answers", "6", "",
		},
		{
			"a token that ends",
			hard{life: life},
			header, login, "no-fault-repeat,late-repeats", "8",
			`were then refused \(401\): renew the token: with session.login, write session.renew_on: \[401\]`,
		},
		{
			"a token that is renewed",
			hard{life: life},
			header, login + "\n  renew_on: [401]",
			"no-fault-repeat,late-repeats", "8", "",
		},
		{
			"dies",
			hard{dies: 100},
			"missing: [400]", "missing: [400], recovery: 100ms",
			"no-fault-repeat", "64", `^the service died, or is gone: .*connection refused.*; ` +
				`cases under way then: \d+ \(no-fault-repeat\)`,
		},
	}
}

// longLived are tries of all scenarios, which last for longer than a token of many seconds lives: the
// first of them is unknown for no other reason.
func longLived() []trying {
	const life = 9 * time.Second
	return []trying{
		{
			"a token of 9 s that ends",
			hard{life: life},
			header, login, "", "1200",
			`were then refused \(401\): renew the token: with session.login, write session.renew_on: \[401\]`,
		},
		{
			"a token of 9 s that is renewed",
			hard{life: life},
			header, login + "\n  renew_on: [401]", "", "1200", "",
		},
	}
}

// TestHardServices: a right one passes, or is unknown for one reason, which names what to set; with
// that it passes. A wrong one is found.
func TestHardServices(t *testing.T) {
	for _, tr := range tryings() {
		t.Run(tr.name, func(t *testing.T) {
			t.Parallel()
			v := tr.verdict(t, tr.hard)
			require.Empty(t, v.Violations)
			if tr.says == "" {
				require.Equal(t, verdict.Valid, v.Verdict, "%v", v.Reasons)
				require.Equal(t, tr.name == "limited", strings.Contains(strings.Join(v.Undecided, " "),
					"set target.max_rate"), "%v", v.Undecided)
				return
			}
			require.Equal(t, verdict.Unknown, v.Verdict)
			require.Len(t, v.Reasons, 1)
			require.Regexp(t, tr.says, v.Reasons[0])
			require.Equal(t, tr.hard.dies > 0, v.Outage != nil && len(v.Outage.Cases) > 0, "%v", v.Outage)
		})
		if tr.says != "" && tr.hard.dies == 0 {
			continue // what is set wrong is as wrong for a wrong service
		}
		t.Run(tr.name+", wrong", func(t *testing.T) {
			t.Parallel()
			wrong := tr.hard
			wrong.ignoresKeys = true
			v := tr.verdict(t, wrong)
			require.Equal(t, verdict.Invalid, v.Verdict, "%v", v.Reasons)
			if tr.hard.dies > 0 {
				require.NotEmpty(t, v.Outage.Cases)
				require.Contains(t, strings.Join(v.Undecided, "\n"), "cases under way then: ")
			}
		})
	}
}

// verdict runs idemcheck against a hard service.
func (tr trying) verdict(t *testing.T, h hard) verdict.Verdict {
	t.Helper()
	contract := file(t, "idemcheck.yaml", strings.Replace(minimal, tr.old, tr.line, 1))
	args := []string{
		"run", contract, "--target", serveHard(t, h), "--cases", tr.cases, "--seed", "3",
		"--no-progress", "--format", "json", "--out", t.TempDir(),
	}
	if tr.scenarios != "" {
		args = append(args, "--scenario", tr.scenarios)
	}
	got := invoke(t, args...)
	return got.verdict(t)
}
