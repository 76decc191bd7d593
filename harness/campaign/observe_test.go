package campaign

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/internal/sleep"
	"github.com/idemcheck/idemcheck/harness/internal/stub"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/fault"
	"github.com/idemcheck/idemcheck/model/notation"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// answering makes a bench answer everything below a path with a status and a body.
func (b *bench) answering(path string, status int, body string) {
	before := b.Answer
	b.Answer = func(r *http.Request) *stub.Reply {
		if strings.HasPrefix(r.URL.Path, path) {
			return &stub.Reply{Status: status, Body: body}
		}
		if before != nil {
			return before(r)
		}
		return nil
	}
}

func TestWhatWasBookedBeforeIsNoEffect(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(stub.Contract(t), several(1)...)
		b.Opens = true
		h, v := b.once(t)
		require.Equal(t, verdict.Valid, v.Verdict, v)
		require.Equal(t, 1, v.Judged.Effects)
		require.NotContains(t, fmt.Sprint(notation.Format(h)), "opening")
	})
}

func TestItemsThatLookAlikeAreCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(stub.Contract(t), several(1)...)
		var reads atomic.Int32
		item := `{"kind":"charge","amount":5,"key":"old"}`
		b.Answer = func(r *http.Request) *stub.Reply {
			if r.URL.Path != "/book" {
				return nil
			}
			if reads.Add(1) == 1 {
				return &stub.Reply{Status: 200, Body: `{"items":[` + item + `]}`}
			}
			return &stub.Reply{Status: 200, Body: `{"items":[` + item + `,` + item + `]}`}
		}
		_, v := b.once(t)
		require.Equal(t, verdict.Invalid, v.Verdict)
		require.Contains(t, fmt.Sprint(v.Violations), "orphan-effect",
			"one of the two was there before, the other one was not")
	})
}

func TestEffectsMayTakeTheDeclaredTime(t *testing.T) {
	for _, tt := range []struct {
		lag, settle int
		result      verdict.Result
		maxWait     time.Duration
	}{
		{0, 0, verdict.Valid, 0},
		{0, 100, verdict.Valid, 10 * time.Millisecond},
		{50, 100, verdict.Valid, 60 * time.Millisecond},
		{50, 20, verdict.Invalid, 30 * time.Millisecond},
		{50, 0, verdict.Invalid, 0},
	} {
		t.Run(fmt.Sprintf("%d of %d", tt.lag, tt.settle), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(stub.Contract(t, func(c *model.Contract) {
					c.Promises.Settle = stub.Milliseconds(tt.settle)
				}), several(1)...)
				b.Lag = time.Duration(tt.lag) * time.Millisecond
				begun := time.Now()
				_, v := b.once(t)
				require.Equal(t, tt.result, v.Verdict, v)
				require.LessOrEqual(t, time.Since(begun), tt.maxWait+time.Millisecond)
				if tt.result == verdict.Invalid {
					require.Equal(t, "lost-effect", v.Violations[0].Rule)
				}
			})
		})
	}
}

func TestWhatCannotBeReadIsUnknown(t *testing.T) {
	for _, tt := range []struct {
		name, path   string
		status       int
		body, reason string
	}{
		{"ledger", "/book", 500, "down", "could not read the ledger of /account-1: ledger book: GET /book"},
		{"ledger in another form", "/book", 200, `{}`, `has no field "items"`},
		{"state", "/accounts/", 500, "down", "could not read the state of /account-1"},
		{
			"state without its field", "/accounts/", 200, `{"name":"x"}`,
			`has no field "balance" (resources.account.state.balance.field)`,
		},
		{"lookup", "/charges/", 500, "down", "could not read what the answer to a names"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(stub.Contract(t), several(1)...)
				var charged atomic.Bool
				b.Answer = func(r *http.Request) *stub.Reply {
					if r.Method == http.MethodPost && r.URL.Path == "/charges" {
						charged.Store(true)
					}
					if charged.Load() && r.Method == http.MethodGet && strings.HasPrefix(r.URL.Path, tt.path) {
						return &stub.Reply{Status: tt.status, Body: tt.body}
					}
					return nil
				}
				h, v := b.once(t)
				require.Equal(t, verdict.Unknown, v.Verdict, v)
				require.Contains(t, strings.Join(v.Reasons, "\n"), tt.reason)
				require.NotNil(t, h, "what was seen is kept")
			})
		})
	}
}

func TestWhatCannotBeReadAtOnceIsReadAgain(t *testing.T) {
	for _, path := range []string{"/book", "/accounts/", "/charges/"} {
		t.Run(path, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(stub.Contract(t, func(c *model.Contract) {
					c.Resources["account"].State["balance"] = model.Variable{Field: "balance"}
				}), several(1)...)
				begun := time.Now()
				b.Answer = func(r *http.Request) *stub.Reply {
					if r.Method == http.MethodGet && strings.HasPrefix(r.URL.Path, path) &&
						time.Since(begun) < 100*time.Millisecond {
						return &stub.Reply{Status: 500}
					}
					return nil
				}
				_, v := b.once(t)
				require.Equal(t, verdict.Valid, v.Verdict, v)
				require.LessOrEqual(t, time.Since(begun), 400*time.Millisecond)
			})
		})
	}
}

func TestAnAnswerThatNamesNothingIsHollow(t *testing.T) {
	for status, result := range map[int]verdict.Result{
		200: verdict.Valid, 404: verdict.Invalid, 410: verdict.Invalid, 500: verdict.Unknown,
	} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(stub.Contract(t), several(1)...)
				b.answering("/charges/", status, "")
				_, v := b.once(t)
				require.Equal(t, result, v.Verdict, v)
				if result == verdict.Invalid {
					require.Equal(t, "hollow-answer", v.Violations[0].Rule)
					require.Len(t, v.Violations, 1)
				}
			})
		})
	}
}

func TestWhatExistsNeedNotBeJSON(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(stub.Contract(t), several(1)...)
		b.answering("/charges/", 200, "<html>")
		_, v := b.once(t)
		require.Equal(t, verdict.Valid, v.Verdict, v)
	})
}

// sharing is a contract whose ledger belongs to no resource.
func sharing(c *model.Contract) {
	book := c.Ledgers["book"]
	book.Path, book.Per = "/book", ""
	c.Ledgers["book"] = book
	op := c.Operations["charge"]
	op.Effects[0].Resource = ""
	c.Operations["charge"] = op
}

func TestSharedLedgersIgnoreOtherRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(stub.Contract(t, sharing), several(1)...)
		b.Opens = true
		for range 3 {
			h, v := b.once(t)
			require.Equal(t, verdict.Valid, v.Verdict, v)
			require.Equal(t, 1, v.Judged.Effects)
			for _, e := range h.Events {
				if e.Kind == model.Listed {
					require.Equal(t, h.Operations[0].Key, e.Effect.Key)
					require.Equal(t, h.Operations[0].CorrelationID, e.Effect.CorrelationID)
				}
			}
		}
		require.Len(t, b.Book, 6, "the ledger is full of other things")
	})
}

func TestDuplicatesInSharedLedgersAreSeen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(stub.Contract(t, sharing), stub.Charging(
			[]model.PlannedAttempt{{Repeat: true}, {Repeat: true}},
			fault.Fault{Kind: fault.ResponseLost, Operation: "a", Attempt: 1, Mode: fault.Close}))
		b.forgetful()
		_, v := b.once(t)
		require.Equal(t, verdict.Invalid, v.Verdict)
		require.Equal(t, "duplicate-effect", v.Violations[0].Rule)
	})
}

func TestSharedLedgersThatCannotBeReadAreUnknown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(stub.Contract(t, sharing), several(1)...)
		b.answering("/book", 500, "down")
		_, v := b.once(t)
		require.Equal(t, verdict.Unknown, v.Verdict)
		require.Contains(t, v.Reasons[0], "could not read ledger book: GET /book answered 500: down")
	})
}

func TestTheStateIsReadBeforeWhereItsBeginningIsNotDeclared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(stub.Contract(t, func(c *model.Contract) {
			c.Resources["account"].State["balance"] = model.Variable{Field: "balance"}
		}), several(1)...)
		h, v := b.once(t)
		require.Equal(t, verdict.Valid, v.Verdict, v)
		require.Equal(t, model.State{"/account-1.balance": int64(1000)}, h.Initial)
	})
}

func TestADeclaredBeginningIsBelieved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(stub.Contract(t, func(c *model.Contract) {
			c.Resources["account"].State["balance"] = model.Variable{Field: "balance", Initial: int64(999)}
		}), several(1)...)
		_, v := b.once(t)
		require.Equal(t, verdict.Invalid, v.Verdict)
		require.Equal(t, "state-divergence", v.Violations[0].Rule)
	})
}

func TestSleepEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	require.NoError(t, sleep.For(ctx, 0))
	cancel()
	require.ErrorIs(t, sleep.For(ctx, 0), context.Canceled)
	require.ErrorIs(t, sleep.For(ctx, time.Hour), context.Canceled)
}
