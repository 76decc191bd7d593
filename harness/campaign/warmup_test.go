package campaign

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/internal/stub"
	"github.com/idemcheck/idemcheck/harness/plan"
	"github.com/idemcheck/idemcheck/harness/trial"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// warming runs a plan against a stub whose warm-up goes wrong.
func warming(t *testing.T, answer func(*http.Request) *stub.Reply) *RunResult {
	t.Helper()
	b := newBench(stub.Contract(t), several(2)...)
	b.Answer = answer
	saved := 0
	b.Save = func(*model.History) error { saved++; return nil }
	res, err := Run(context.Background(), b.options())
	require.NoError(t, err)
	require.Zero(t, saved, "the warm-up is no part of the run")
	require.Equal(t, verdict.Unknown, res.Verdict.Verdict)
	require.Equal(t, 2, res.Skipped)
	return res
}

func TestAWarmUpThatMeansNothingIsUnknown(t *testing.T) {
	charges := func(out stub.Reply) func(*http.Request) *stub.Reply {
		return func(r *http.Request) *stub.Reply {
			if r.URL.Path == "/charges" {
				return &out
			}
			return nil
		}
	}
	for _, tt := range []struct {
		name   string
		answer func(*http.Request) *stub.Reply
		says   string
	}{
		{"not let in", charges(stub.Reply{Status: 401}), "operation charge was answered 401: check target.headers"},
		{
			"undeclared", charges(stub.Reply{Status: 418, Body: "teapot"}),
			"operations.charge.body says the request below, and the service showed 418: teapot",
		},
		{
			"always refused", charges(stub.Reply{Status: 402, Body: "gone"}),
			"operations.charge.when says account.balance >= amount to be true, and the service showed 402: gone",
		},
		{
			"empty ledger", func(r *http.Request) *stub.Reply {
				if r.URL.Path == "/book" {
					return &stub.Reply{Status: 200, Body: `{"items":[]}`}
				}
				return nil
			}, `operations.charge.effects.0 says an item of book, kind charge, on /account-1 {"amount":2} once`,
		},
		{
			"no such ledger", func(r *http.Request) *stub.Reply {
				if r.URL.Path == "/book" {
					return &stub.Reply{Status: 404, Body: "what?"}
				}
				return nil
			}, "ledgers.book.path says /book?account={id}, and the service showed ledger book: GET /book",
		},
		{
			"no setup", func(*http.Request) *stub.Reply { return &stub.Reply{Status: 500, Body: "broken"} },
			"setting up account-1: POST /accounts answered 500: broken; check resources.account.create",
		},
		{
			"no setup without a token", func(*http.Request) *stub.Reply { return &stub.Reply{Status: 403} },
			"check target.headers and tenants.*.headers",
		},
		{
			"no identity", func(*http.Request) *stub.Reply { return &stub.Reply{Status: 201, Body: `{"name":"x"}`} },
			`setting up account-1: its answer has no field "id" (resources.account.id)`,
		},
		{
			"not JSON", func(*http.Request) *stub.Reply { return &stub.Reply{Status: 201, Body: `<html>`} },
			"reading the answer to POST /accounts: the answer is not JSON: <html>",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				res := warming(t, tt.answer)
				require.Contains(t, strings.Join(res.Verdict.Reasons, "\n"), tt.says)
			})
		})
	}
}

func TestTheWarmUpMeetsEveryTypeAndTenant(t *testing.T) {
	c := stub.Contract(t, func(c *model.Contract) {
		c.Operations["other"] = c.Operations["charge"]
		c.Tenants = map[string]model.Tenant{"x": {}, "y": {}, "z": {}}
	})
	plan, err := plan.WarmUp(c)
	require.NoError(t, err)
	met := map[string]int{}
	for _, one := range plan.Cases {
		require.Len(t, one.Operations, 1)
		require.Empty(t, one.Faults)
		met[one.Operations[0].Type+" "+one.Operations[0].Tenant]++
	}
	require.Equal(t, []string{"charge x", "charge y", "charge z", "other x", "other y", "other z"},
		slices.Sorted(maps.Keys(met)))
	for of, n := range met {
		require.Equal(t, 2, n, of)
	}
}

func TestTheWarmUpMeetsSeveralArguments(t *testing.T) {
	c := stub.Contract(t, func(c *model.Contract) {
		fixed := c.Operations["charge"]
		fixed.Args = map[string]model.Arg{"account": {Resource: "account"}}
		fixed.Body = map[string]any{"account": "{account}", "amount": 1, "reference": "{mark}"}
		c.Operations["fixed"] = fixed
	})
	plan, err := plan.WarmUp(c)
	require.NoError(t, err)
	amounts, fixed := map[any]bool{}, 0
	for _, one := range plan.Cases {
		if op := one.Operations[0]; op.Type == "fixed" {
			fixed++
		} else {
			amounts[op.Args["amount"]] = true
		}
	}
	require.Len(t, amounts, 2, "not the same one twice")
	require.Equal(t, 1, fixed, "there is nothing else to draw")
}

// An operation that always fails for one amount is no reason not to begin.
func TestTheWarmUpLearnsFromTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(stub.Contract(t), several(1)...)
		plan, err := plan.WarmUp(b.Contract)
		require.NoError(t, err)
		unlucky := fmt.Sprintf(`"amount":%v,`, plan.Cases[0].Operations[0].Args["amount"])
		b.Answer = func(r *http.Request) *stub.Reply {
			body, err := io.ReadAll(r.Body)
			r.Body = io.NopCloser(bytes.NewReader(body))
			if err == nil && strings.Contains(string(body), unlucky) {
				return &stub.Reply{Status: 500}
			}
			return nil
		}
		p := b.prepared(t)
		warm, err := p.warmUp(t.Context())
		require.NoError(t, err)
		require.Empty(t, warm.Reasons)
		require.Len(t, p.notes, 1)
		require.Regexp(t, `left out of the warm-up with amount \d: .*answered 500`, p.notes[0])
	})
}

// A service that is still starting asks to be tried again, which is no reason not to begin.
func TestTheWarmUpToleratesWhatAsksAgain(t *testing.T) {
	for _, status := range []int{503, 409} {
		for name, busy := range map[string]time.Duration{"in time": time.Second, "": time.Hour} {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(stub.Contract(t, func(c *model.Contract) {
					c.Promises.InFlight = []int{409}
				}), several(1)...)
				begun := time.Now()
				b.Answer = func(r *http.Request) *stub.Reply {
					if r.URL.Path == "/charges" && time.Since(begun) < busy {
						return &stub.Reply{Status: status}
					}
					return nil
				}
				warm, err := b.prepared(t).warmUp(t.Context())
				require.NoError(t, err)
				require.Equal(t, name != "", len(warm.Reasons) == 0, "%v", warm.Reasons)
				for _, reason := range warm.Reasons {
					require.NotContains(t, reason, "does not declare")
				}
			})
		}
	}
}

// A service that was short of something when the warm-up began may have stored that under its keys:
// that is what the run is there to find, and no reason not to begin.
func TestTheWarmUpTriesNewKeysWhereOldOnesAreBurnt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(stub.Contract(t), several(1)...)
		begun, burnt := time.Now(), sync.Map{}
		b.Answer = func(r *http.Request) *stub.Reply {
			key := r.Header.Get("Idempotency-Key")
			if r.URL.Path == "/charges" && time.Since(begun) < 100*time.Millisecond {
				burnt.Store(key, true)
			}
			if _, bad := burnt.Load(key); bad {
				return &stub.Reply{Status: 503}
			}
			return nil
		}
		warm, err := b.prepared(t).warmUp(t.Context())
		require.NoError(t, err)
		require.Empty(t, warm.Reasons)
		_, known := burnt.Load("")
		require.False(t, known)
	})
}

func TestAnUnreachableTargetIsAnError(t *testing.T) {
	b := newBench(stub.Contract(t), several(1)...)
	b.HTTP = unreachable{}
	_, err := Run(context.Background(), b.options())
	require.ErrorIs(t, err, trial.ErrUnreachable)
	var cause *url.Error
	require.ErrorAs(t, err, &cause)
	_, err = Replay(context.Background(), b.options())
	require.ErrorIs(t, err, trial.ErrUnreachable)
}

// unreachable is a target that does not accept connections.
type unreachable struct{}

func (unreachable) RoundTrip(*http.Request) (*http.Response, error) {
	return nil, errors.New("connection refused")
}

func TestTransientAnswersToSetupAreTriedAgain(t *testing.T) { setUpAfter(t, 503) }

func TestAFailingSetupIsTriedAgain(t *testing.T) { setUpAfter(t, 500) }

// setUpAfter lets setup be answered with a status four and five times.
func setUpAfter(t *testing.T, status int) {
	for busy, result := range map[int32]verdict.Result{4: verdict.Valid, 5: verdict.Unknown} {
		t.Run(fmt.Sprint(busy), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(stub.Contract(t), several(1)...)
				var n atomic.Int32
				keys := map[string]bool{}
				b.Answer = func(r *http.Request) *stub.Reply {
					if r.URL.Path != "/accounts" {
						return nil
					}
					keys[r.Header.Get("Idempotency-Key")] = true
					if n.Add(1) <= busy {
						return &stub.Reply{Status: status}
					}
					return nil
				}
				_, v := b.once(t)
				require.Equal(t, result, v.Verdict, v)
				require.Len(t, keys, 1, "the same key every time")
			})
		})
	}
}
