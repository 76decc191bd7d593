package harness_test

import (
	"bytes"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness"
	"github.com/idemcheck/idemcheck/harness/campaign"
	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/harness/plan"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/expect"
	"github.com/idemcheck/idemcheck/model/value"
	"github.com/idemcheck/idemcheck/model/verdict"
	"github.com/idemcheck/idemcheck/reference"
	"github.com/idemcheck/idemcheck/reference/memory"
)

// work is for how long the service of these tests works on an operation.
const work = 20 * time.Millisecond

// working is the reference service, which works on every operation for a time.
func working(d time.Duration) harness.Target {
	return harness.Handler(func(env *harness.Env) http.Handler { return service(env, d) })
}

func service(env *harness.Env, d time.Duration) http.Handler {
	svc, err := reference.New(reference.Options{
		Work: d, Store: harness.Keep(env, "store", memory.New),
	})
	if err != nil {
		panic(err)
	}
	return svc
}

// TestCheckMeasuresWhatAContractExpects: virtual time is exact, so that a microsecond makes the
// difference, whatever the network did to the client.
func TestCheckMeasuresWhatAContractExpects(t *testing.T) {
	target := working(work)
	within := func(d time.Duration) map[string]value.Duration {
		return map[string]value.Duration{
			expect.Calm: value.Duration(d), "slow": value.Duration(d), "response-lost": value.Duration(d),
		}
	}
	for _, c := range []struct {
		name     string
		expected expect.Thresholds
		cases    int
		want     string
	}{
		{"as fast as it is", expect.Thresholds{P99: within(work), Recover: value.Duration(work)}, 240, ""},
		{
			"a microsecond faster",
			expect.Thresholds{P99: within(work - time.Microsecond)},
			240,
			"INVALID  the service is slower than expected: expect.p99.calm (20ms, and 19.999ms is wanted)",
		},
		{
			"too few to tell",
			expect.Thresholds{P99: within(work)},
			9,
			"expect.p99.calm: 30 answers were measured, and 100 are needed: run more cases (Suite.Cases)",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			inFolder(t)
			promised := referenceContract(t)
			promised.Expect = &c.expected
			message, err := harness.CheckMessage(t, harness.Suite{
				Contract: promised, Cases: c.cases,
				Scenarios: chosen(t, "no-fault-repeat", "slow", "lost-answers"),
			}, target)
			require.NoError(t, err)
			if c.want == "" {
				require.Empty(t, message)
				return
			}
			require.Contains(t, message, c.want)
		})
	}
}

// TestALongAnswerOnASlowLinkIsNotSlow: the link that we made slow takes it at once.
func TestALongAnswerOnASlowLinkIsNotSlow(t *testing.T) {
	inFolder(t)
	promised := referenceContract(t)
	promised.Expect = &expect.Thresholds{P99: map[string]value.Duration{"slow": value.Duration(work)}}
	suite := harness.Suite{Contract: promised, Cases: 120, Scenarios: chosen(t, "slow")}
	harness.Check(t, suite, harness.Handler(func(env *harness.Env) http.Handler {
		svc := service(env, work)
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			short := httptest.NewRecorder()
			svc.ServeHTTP(short, r)
			maps.Copy(w.Header(), short.Header())
			w.Header().Del("Content-Length")
			w.WriteHeader(short.Code)
			_, _ = w.Write(append(short.Body.Bytes(), bytes.Repeat([]byte(" "), 12<<10)...))
		})
	}))
}

// TestAStarvedServiceIsNotSlow: the pauses of a busy machine at every step are nobody's fault. Only
// then is the service slower than it says.
func TestAStarvedServiceIsNotSlow(t *testing.T) {
	promised := referenceContract(t)
	promised.Expect = &expect.Thresholds{
		P99: map[string]value.Duration{expect.Calm: value.Duration(work)}, Recover: value.Duration(work),
	}
	drawn, err := plan.Draw(plan.Options{
		Contract: promised, Cases: 120, Seed: 1,
		Scenarios: chosen(t, "no-fault-repeat", "slow", "lost-answers"),
	})
	require.NoError(t, err)
	plan.Starve(drawn, "the reference service")
	promised.Target.URL = "http://in.memory"
	c, err := contract.Resolve(promised, func(string) (string, bool) { return "", false })
	require.NoError(t, err)
	longest := time.Duration(0)
	got, err := campaign.Run(t.Context(), campaign.Options{
		Contract: c, Plan: drawn, Place: harness.Virtual(t, working(work)),
		Observer: slowest{longest: &longest}, Limits: campaign.Limits{Parallel: 1},
	})
	require.NoError(t, err)
	require.Greater(t, longest, work, "the pauses made it late")
	require.Equal(t, verdict.Unknown, got.Verdict.Verdict, got.Verdict)
	require.Len(t, got.Verdict.Expectations, 2)
	for _, e := range got.Verdict.Expectations {
		require.False(t, e.Missed(), e)
		require.Zero(t, e.Samples)
	}
}

// slowest notes the longest that any answer took.
type slowest struct {
	campaign.Unobserved
	longest *time.Duration
}

func (s slowest) Save(h *model.History) error {
	sent := map[string]time.Duration{}
	for _, e := range h.Events {
		at := fmt.Sprint(e.Operation, e.Attempt, e.Hit)
		switch e.Kind {
		case model.Sent:
			sent[at] = e.At
		case model.Answered:
			*s.longest = max(*s.longest, e.At-sent[at])
		}
	}
	return nil
}
