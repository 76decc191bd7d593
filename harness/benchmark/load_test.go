package benchmark_test

import (
	"bytes"
	"database/sql"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/chaos/wire"
	"github.com/idemcheck/idemcheck/harness/campaign"
	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/harness/execute"
	"github.com/idemcheck/idemcheck/harness/internal/stub"
	"github.com/idemcheck/idemcheck/harness/observe/elsewhere"
	"github.com/idemcheck/idemcheck/harness/observe/query"
	"github.com/idemcheck/idemcheck/harness/plan"
	"github.com/idemcheck/idemcheck/internal/till"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/source"
	"github.com/idemcheck/idemcheck/model/verdict"
	_ "github.com/idemcheck/idemcheck/reference/sqlite" // for its driver
)

const (
	// answersIn is how long the service of this benchmark takes for each request.
	answersIn = time.Millisecond
	// sideBySide is how many cases run side by side, and how many clients send the plain load.
	sideBySide = 32
	// loadGoal is which part of a plain load is to be kept.
	loadGoal = 0.6
)

// heard is one request that a service got.
type heard struct {
	method, target string
	header         http.Header
	body           []byte
}

// listening is a service that takes its time, and keeps what it was asked.
type listening struct {
	http.Handler
	mu sync.Mutex
	// all is protected by mu.
	all []heard
}

// ServeHTTP implements [http.Handler].
func (l *listening) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // who sent half of it has gone
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	l.mu.Lock()
	l.all = append(l.all, heard{r.Method, r.URL.RequestURI(), r.Header.Clone(), body})
	l.mu.Unlock()
	<-time.After(answersIn)
	l.Handler.ServeHTTP(w, r)
}

// loaded is a service whose load is measured: a fresh one each time, its contract, and what reads its
// effects; nil where it lists them.
type loaded func(b *testing.B) (http.Handler, *model.Contract, elsewhere.Readers)

// listed is a service that lists its effects.
func listed(b *testing.B) (http.Handler, *model.Contract, elsewhere.Readers) {
	return stub.New(), stub.Contract(b), nil
}

// stored is a service whose effects stand in SQLite alone.
func stored(b *testing.B) (http.Handler, *model.Contract, elsewhere.Readers) {
	b.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(b.TempDir(), "till.db")+
		"?_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(OFF)")
	require.NoError(b, err)
	b.Cleanup(func() { _ = db.Close() }) // nobody reads it any more
	s := &till.Till{DB: db}
	require.NoError(b, s.Prepare(b.Context()))
	db.SetMaxOpenConns(8) // as the command does
	reads := func(statement string) query.Statement {
		return query.Statement{DB: db, Vendor: query.SQLite, Query: source.Query{
			Args: []string{"{id}"}, Select: statement,
		}}
	}
	c, err := contract.Parse("till.yaml", []byte(till.Contract(
		"{func: charges}", "{func: accounts}", "per: account, key: idem, mark: note")))
	require.NoError(b, err)
	return s, c, elsewhere.ByName{
		elsewhere.Function("charges"):  reads("SELECT idem, note, amount FROM charges WHERE account = ?"),
		elsewhere.Function("accounts"): reads("SELECT Spent FROM accounts WHERE id = ?"),
	}
}

// BenchmarkLoadKept compares requests per second: those of a run, and the same requests sent by plain
// clients, as many as cases ran side by side, to a service that answers in 1 ms.
func BenchmarkLoadKept(b *testing.B) {
	var figures []figure
	for _, of := range []struct {
		name, what string
		service    loaded
	}{
		{"listed", "requests per second, a service that answers in 1 ms", listed},
		{"sql", "requests per second, the same with a ledger in SQLite", stored},
	} {
		b.Run(of.name, func(b *testing.B) {
			for b.Loop() {
				var ours, peers []float64
				for range rounds {
					all, took := runLoad(b, of.service)
					ours = append(ours, float64(len(all))/took.Seconds())
					peers = append(peers, float64(len(all))/sendPlain(b, of.service, all).Seconds())
				}
				b.Logf("ours %.0f, plain %.0f requests/s by round", ours, peers)
				f := figure{
					Name: of.what, Ours: median(ours), Peer: median(peers), Unit: "requests/s", Goal: loadGoal,
				}
				f.Ratio = f.Ours / f.Peer
				figures = append(figures, f)
			}
			report(b, figures[len(figures)-1])
		})
	}
	if !b.Failed() {
		save(b, figures)
	}
}

// runLoad runs cases without faults, and returns what the service was sent and how long that took,
// the warm-up included.
func runLoad(b *testing.B, service loaded) ([]heard, time.Duration) {
	b.Helper()
	h, c, readers := service(b)
	l := &listening{Handler: h}
	server := httptest.NewServer(l)
	defer server.Close()
	c.Target.URL, c.Target.MaxRate = server.URL, 1_000_000
	world, err := wire.New(wire.Options{URL: server.URL})
	require.NoError(b, err)
	defer world.Close()
	direct := &http.Transport{MaxIdleConnsPerHost: sideBySide}
	defer direct.CloseIdleConnections()
	p, err := plan.Draw(plan.Options{
		Search: plan.Random, Contract: c, Seed: 1, Cases: 1500, Scenarios: []plan.Scenario{row{}.scenario()},
	})
	require.NoError(b, err)
	begun := time.Now()
	result, err := campaign.Run(b.Context(), campaign.Options{
		Contract: c, Plan: p, Place: execute.Site{World: world, HTTP: direct, Readers: readers},
		Limits: campaign.Limits{KeepGoing: true, Parallel: sideBySide},
	})
	took := time.Since(begun)
	require.NoError(b, err)
	require.Equal(b, verdict.Valid, result.Verdict.Verdict, "%v", result.Verdict.Reasons)
	return l.all, took
}

// sendPlain sends requests as plain clients do, in their order, to a fresh service.
func sendPlain(b *testing.B, service loaded, all []heard) time.Duration {
	b.Helper()
	h, _, _ := service(b)
	server := httptest.NewServer(&listening{Handler: h})
	defer server.Close()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: sideBySide}}
	defer client.CloseIdleConnections()
	next := make(chan heard, len(all))
	for _, one := range all {
		next <- one
	}
	close(next)
	var clients sync.WaitGroup
	begun := time.Now()
	for range sideBySide {
		clients.Go(func() {
			for one := range next {
				if err := sendOne(b, client, server.URL, one); err != nil {
					b.Errorf("sending %s %s: %v", one.method, one.target, err)
				}
			}
		})
	}
	clients.Wait()
	return time.Since(begun)
}

// sendOne sends one request and reads its answer.
func sendOne(b *testing.B, client *http.Client, at string, one heard) error {
	body := bytes.NewReader(one.body)
	r, err := http.NewRequestWithContext(b.Context(), one.method, at+one.target, body)
	if err != nil {
		return err
	}
	r.Header = one.header
	resp, err := client.Do(r)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }() // all of it was read
	_, err = io.Copy(io.Discard, resp.Body)
	return err
}
