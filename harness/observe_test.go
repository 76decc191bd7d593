package harness

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

	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/notation"
)

// answering makes a bench answer everything below a path with a status and a body.
func (b *bench) answering(path string, status int, body string) {
	before := b.answer
	b.answer = func(r *http.Request) *reply {
		if strings.HasPrefix(r.URL.Path, path) {
			return &reply{status: status, body: body}
		}
		if before != nil {
			return before(r)
		}
		return nil
	}
}

// itemsOf reads a ledger whose answer is given.
func itemsOf(t *testing.T, field, answer string) ([]any, error) {
	t.Helper()
	b := newBench(stubContract(t), several(1)...)
	b.answering("/other", 200, answer)
	r, err := newRunner(b.Options)
	require.NoError(t, err)
	c := b.Plan.Cases[0]
	bound, err := r.bind(t.Context(), Site{World: b.world, HTTP: b.HTTP}, &c)
	require.NoError(t, err)
	var items []any
	err = bound.items(t.Context(), message{Message: model.Message{Path: "/other"}}, field,
		func(item any) error { items = append(items, item); return nil })
	return items, err
}

func TestLedgersInManyForms(t *testing.T) {
	for _, tt := range []struct{ name, field, answer, says string }{
		{"a field", "items", `{"items":[{"id":1}]}`, ""},
		{"the answer itself", "", `[{"id":1}]`, ""},
		{"a field inside", "data.items", `{"data":{"items":[{"id":1}]}}`, ""},
		{"empty", "items", `{"items":[]}`, "empty"},
		{"null", "items", `{"items":null}`, "empty"},
		{"null inside", "data.items", `{"data":{"items":null}}`, "empty"},
		{"null alone", "", `null`, "empty"},
		{"no body", "items", ``, "empty"},
		{"missing", "items", `{"entries":[{"id":1}]}`, `the answer to /other has no field "items" (ledgers.items)`},
		{"missing inside", "data.items", `{"data":{}}`, `the answer to /other has no field "data.items"`},
		{"missing outside", "data.items", `{"items":[]}`, `the answer to /other has no field "data.items"`},
		{"a list where a field was named", "items", `[{"id":1}]`, `the answer to /other has no field "items"`},
		{"a page", "items", `{"items":{"page":1}}`, `the answer to /other has no list at "items" (ledgers.items)`},
		{"text", "items", `{"items":"none"}`, `the answer to /other has no list at "items"`},
		{"not JSON", "items", `<html>`, "the answer is not JSON: invalid character '<'"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			items, err := itemsOf(t, tt.field, tt.answer)
			switch tt.says {
			case "":
				require.NoError(t, err)
				require.Len(t, items, 1)
			case "empty":
				require.NoError(t, err)
				require.Empty(t, items)
			default:
				require.ErrorContains(t, err, tt.says)
			}
		})
	}
}

func TestWhatWasBookedBeforeIsNoEffect(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(stubContract(t), several(1)...)
		b.opens = true
		h, v := b.once(t)
		require.Equal(t, model.Valid, v.Verdict, v)
		require.Equal(t, 1, v.Judged.Effects)
		require.NotContains(t, fmt.Sprint(notation.Format(h)), "opening")
	})
}

func TestItemsThatLookAlikeAreCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(stubContract(t), several(1)...)
		var reads atomic.Int32
		item := `{"kind":"charge","amount":5,"key":"old"}`
		b.answer = func(r *http.Request) *reply {
			if r.URL.Path != "/book" {
				return nil
			}
			if reads.Add(1) == 1 {
				return &reply{status: 200, body: `{"items":[` + item + `]}`}
			}
			return &reply{status: 200, body: `{"items":[` + item + `,` + item + `]}`}
		}
		_, v := b.once(t)
		require.Equal(t, model.Invalid, v.Verdict)
		require.Contains(t, fmt.Sprint(v.Violations), "orphan-effect",
			"one of the two was there before, the other one was not")
	})
}

func TestEffectsMayTakeTheDeclaredTime(t *testing.T) {
	for _, tt := range []struct {
		lag, settle int
		result      model.Result
		atMost      time.Duration
	}{
		{0, 0, model.Valid, 0},
		{0, 100, model.Valid, 10 * time.Millisecond},
		{50, 100, model.Valid, 60 * time.Millisecond},
		{50, 20, model.Invalid, 30 * time.Millisecond},
		{50, 0, model.Invalid, 0},
	} {
		t.Run(fmt.Sprintf("%d of %d", tt.lag, tt.settle), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(stubContract(t, func(c *model.Contract) {
					c.Promises.Settle = milliseconds(tt.settle)
				}), several(1)...)
				b.lag = time.Duration(tt.lag) * time.Millisecond
				begun := time.Now()
				_, v := b.once(t)
				require.Equal(t, tt.result, v.Verdict, v)
				require.LessOrEqual(t, time.Since(begun), tt.atMost+time.Millisecond)
				if tt.result == model.Invalid {
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
				b := newBench(stubContract(t), several(1)...)
				var charged atomic.Bool
				b.answer = func(r *http.Request) *reply {
					if r.Method == http.MethodPost && r.URL.Path == "/charges" {
						charged.Store(true)
					}
					if charged.Load() && r.Method == http.MethodGet && strings.HasPrefix(r.URL.Path, tt.path) {
						return &reply{status: tt.status, body: tt.body}
					}
					return nil
				}
				h, v := b.once(t)
				require.Equal(t, model.Unknown, v.Verdict, v)
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
				b := newBench(stubContract(t, func(c *model.Contract) {
					c.Resources["account"].State["balance"] = model.Variable{Field: "balance"}
				}), several(1)...)
				begun := time.Now()
				b.answer = func(r *http.Request) *reply {
					if r.Method == http.MethodGet && strings.HasPrefix(r.URL.Path, path) &&
						time.Since(begun) < 100*time.Millisecond {
						return &reply{status: 500}
					}
					return nil
				}
				_, v := b.once(t)
				require.Equal(t, model.Valid, v.Verdict, v)
				require.LessOrEqual(t, time.Since(begun), 400*time.Millisecond)
			})
		})
	}
}

func TestAnAnswerThatNamesNothingIsHollow(t *testing.T) {
	for status, result := range map[int]model.Result{
		200: model.Valid, 404: model.Invalid, 410: model.Invalid, 500: model.Unknown,
	} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(stubContract(t), several(1)...)
				b.answering("/charges/", status, "")
				_, v := b.once(t)
				require.Equal(t, result, v.Verdict, v)
				if result == model.Invalid {
					require.Equal(t, "hollow-answer", v.Violations[0].Rule)
					require.Len(t, v.Violations, 1)
				}
			})
		})
	}
}

func TestWhatExistsNeedNotBeJSON(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(stubContract(t), several(1)...)
		b.answering("/charges/", 200, "<html>")
		_, v := b.once(t)
		require.Equal(t, model.Valid, v.Verdict, v)
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
		b := newBench(stubContract(t, sharing), several(1)...)
		b.opens = true
		for range 3 {
			h, v := b.once(t)
			require.Equal(t, model.Valid, v.Verdict, v)
			require.Equal(t, 1, v.Judged.Effects)
			for _, e := range h.Events {
				if e.Kind == model.Listed {
					require.Equal(t, h.Operations[0].Key, e.Effect.Key)
					require.Equal(t, h.Operations[0].Mark, e.Effect.Mark)
				}
			}
		}
		require.Len(t, b.book, 6, "the ledger is full of other things")
	})
}

func TestDuplicatesInSharedLedgersAreSeen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(stubContract(t, sharing), charging(
			[]model.PlannedAttempt{{Repeat: true}, {Repeat: true}},
			model.Fault{Kind: model.ResponseLost, Operation: "a", Attempt: 1, Mode: model.Close}))
		b.forgetful()
		_, v := b.once(t)
		require.Equal(t, model.Invalid, v.Verdict)
		require.Equal(t, "duplicate-effect", v.Violations[0].Rule)
	})
}

func TestSharedLedgersThatCannotBeReadAreUnknown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(stubContract(t, sharing), several(1)...)
		b.answering("/book", 500, "down")
		_, v := b.once(t)
		require.Equal(t, model.Unknown, v.Verdict)
		require.Contains(t, v.Reasons[0], "could not read ledger book: GET /book answered 500: down")
	})
}

func TestTheStateIsReadBeforeWhereItsBeginningIsNotDeclared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(stubContract(t, func(c *model.Contract) {
			c.Resources["account"].State["balance"] = model.Variable{Field: "balance"}
		}), several(1)...)
		h, v := b.once(t)
		require.Equal(t, model.Valid, v.Verdict, v)
		require.Equal(t, model.State{"/account-1.balance": int64(1000)}, h.Initial)
	})
}

func TestADeclaredBeginningIsBelieved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(stubContract(t, func(c *model.Contract) {
			c.Resources["account"].State["balance"] = model.Variable{Field: "balance", Initial: int64(999)}
		}), several(1)...)
		_, v := b.once(t)
		require.Equal(t, model.Invalid, v.Verdict)
		require.Equal(t, "state-divergence", v.Violations[0].Rule)
	})
}

func TestAnIdentityIsTakenFromTheLastAcknowledgement(t *testing.T) {
	c := stubContract(t)
	ok := func(body string) *model.Answer { return &model.Answer{Status: 201, Body: body} }
	op := &bound{PlannedOperation: charging(nil).Operations[0]}
	for _, tt := range []struct {
		name   string
		events []model.Event
		want   string
	}{
		{"none", nil, ""},
		{"refused", []model.Event{{
			Kind: model.Return, Operation: "a", Answer: &model.Answer{Status: 402, Body: `{"id":"x"}`},
		}}, ""},
		{"of another", []model.Event{{Kind: model.Return, Operation: "b", Answer: ok(`{"id":"x"}`)}}, ""},
		{"a number", []model.Event{{Kind: model.Return, Operation: "a", Answer: ok(`{"id":7}`)}}, "7"},
		{"lost on the way", []model.Event{
			{Kind: model.Answered, Operation: "a", Answer: ok(`{"id":"x"}`)},
			{Kind: model.Return, Operation: "a", Err: "eof"},
		}, "x"},
		{"the last", []model.Event{
			{Kind: model.Return, Operation: "a", Answer: ok(`{"id":"x"}`)},
			{Kind: model.Return, Operation: "a", Answer: ok(`{"id":"y"}`)},
			{Kind: model.Return, Operation: "a", Answer: ok(``)},
		}, "y"},
	} {
		require.Equal(t, tt.want, acknowledged(c, op, tt.events), tt.name)
	}
}

func TestMarkersAreFoundInAnyCase(t *testing.T) {
	c := stubContract(t)
	c.Promises.Marker = &model.Marker{Header: "Idempotent-Replayed", Value: "true"}
	read := interpret(c, nil)
	for name, tt := range map[string]struct {
		header map[string][]string
		want   bool
	}{
		"there":         {map[string][]string{"Idempotent-Replayed": {"true"}}, true},
		"another case":  {map[string][]string{"idempotent-replayed": {"true"}}, true},
		"another value": {map[string][]string{"Idempotent-Replayed": {"false"}}, false},
		"not there":     {map[string][]string{"Replayed": {"true"}}, false},
	} {
		require.Equal(t, tt.want, read(200, tt.header, nil).Marker, name)
	}
	c.Promises.Marker.Value = ""
	require.True(t, interpret(c, nil)(200, map[string][]string{"Idempotent-Replayed": {"x"}}, nil).Marker)
	later := read(503, map[string][]string{"Retry-After": {"1"}}, []byte("b"))
	require.Equal(t, &model.Answer{
		Status: 503, Body: "b", Headers: map[string]string{"Retry-After": "1"},
	}, later)
}

func TestInterpretKeepsTheHeadersThatAreCompared(t *testing.T) {
	c := &model.Contract{Promises: model.Promises{ReplayHeaders: []string{"Location"}}}
	header := map[string][]string{
		"location": {"/a", "/b"}, "Etag": {"x"}, "content-type": {"text/plain"},
	}
	require.Equal(t, map[string]string{"Location": "/a", "Content-Type": "text/plain"},
		interpret(c, nil)(201, header, nil).Headers)
	c.Promises.ReplayIgnoreHeaders = []string{"content-type"}
	require.Equal(t, map[string]string{"Location": "/a"}, interpret(c, nil)(201, header, nil).Headers)
}

func TestSleepEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	require.NoError(t, sleep(ctx, 0))
	cancel()
	require.ErrorIs(t, sleep(ctx, 0), context.Canceled)
	require.ErrorIs(t, sleep(ctx, time.Hour), context.Canceled)
}
