package harness_test

import (
	"bytes"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness"
	"github.com/idemcheck/idemcheck/internal/sweep"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// joining stands before a right shop: whoever asks for the same while it is at work waits for its
// answer. It keeps nothing.
type joining struct {
	shop http.Handler
	// as is what makes two requests the same, besides their bodies.
	as func(r *http.Request) string
	// flights holds what is at work. The channel is its lock: a mutex would stop virtual time.
	flights chan map[string]*flight
}

// flight is a request at work: the channel is closed when its answer is there.
type flight struct {
	landed chan struct{}
	answer *httptest.ResponseRecorder
}

// ServeHTTP implements [http.Handler].
func (j *joining) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // its client left
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	if key(r, "") == "" {
		j.shop.ServeHTTP(w, r)
		return
	}
	as := j.as(r) + "\n" + string(body)
	flights := <-j.flights
	one, joins := flights[as]
	if !joins {
		one = &flight{landed: make(chan struct{}), answer: httptest.NewRecorder()}
		flights[as] = one
	}
	j.flights <- flights
	if !joins {
		j.fly(one, as, r)
	}
	<-one.landed
	maps.Copy(w.Header(), one.answer.Header())
	w.WriteHeader(one.answer.Code)
	_, _ = w.Write(one.answer.Body.Bytes())
}

// fly does the work of a flight.
func (j *joining) fly(one *flight, as string, r *http.Request) {
	j.shop.ServeHTTP(one.answer, r)
	flights := <-j.flights
	delete(flights, as)
	j.flights <- flights
	close(one.landed)
}

// TestRequestsJoinedInFlight: a service that answers with the work of another tenant or of another
// route is seen also when it joins them only while they are at work and keeps nothing across them.
func TestRequestsJoinedInFlight(t *testing.T) {
	user := func(r *http.Request) string { return r.Header.Get("Shop-User") + " " }
	for name, tt := range map[string]struct {
		as       func(r *http.Request) string
		scenario string
		broken   string
	}{
		"right": {as: ofKey},
		"without the tenant": {
			func(r *http.Request) string { return key(r, r.Method+" "+r.URL.Path+" ") },
			"tenants-share-a-key", "foreign-replay",
		},
		"without the method": {
			func(r *http.Request) string { return key(r, user(r)+r.URL.Path+" ") },
			"routes-share-a-key", "foreign-replay",
		},
		"without the path": {
			func(r *http.Request) string { return key(r, user(r)+r.Method+" ") },
			"routes-share-a-key", "foreign-replay",
		},
	} {
		t.Run(name, func(t *testing.T) {
			target := harness.Handler(func(*harness.Env) http.Handler {
				j := &joining{as: tt.as, flights: make(chan map[string]*flight, 1)}
				j.shop = shop{identity: ofKey, content: ofBody}.serve()
				j.flights <- map[string]*flight{}
				return j
			})
			of := named(t, "tenants-share-a-key", "routes-share-a-key")
			if tt.broken == "" {
				of = append(of, named(t, "no-fault-repeat", "concurrent-duplicates",
					"staggered-duplicates", "disconnects", "surge", "everything-mixed")...)
			}
			for seed := range uint64(sweep.Of(someSeeds, seeds)) {
				res, err := harness.Try(t, harness.Suite{
					Contract: shopContract(t), Scenarios: of, KeepGoing: true, Seed: seed + 1,
				}, target)
				require.NoError(t, err)
				v := res.Verdict
				if tt.broken == "" {
					require.Equal(t, verdict.Valid, v.Verdict, "%v %v", v.Reasons, v.Violations)
					continue
				}
				require.Equal(t, verdict.Invalid, v.Verdict, "%v", v.Reasons)
				require.True(t, rulesOf(v)[tt.broken], "%v", v.Violations)
			}
		})
	}
}
