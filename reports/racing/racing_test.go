package racing

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/model/value"
	"github.com/idemcheck/idemcheck/model/verdict/raced"
	"github.com/idemcheck/idemcheck/reports/internal/page"
)

// twice is a race in which an operation was done twice.
func twice() *raced.Race {
	out := &raced.Race{
		Sent: raced.Shot{
			Copies: 5, Method: "POST", URL: "http://h/orders", Protocol: "HTTP/1.1", KeyAt: "Idempotency-Key",
			Headers: []string{"A: 1", "B: 2", "C: 3", "D: 4", "Idempotency-Key: k"}, Body: `{"sku":"x"}`,
		},
		Counting: &raced.Counting{What: "GET http://h/orders", Each: 1},
		Notes:    []string{"what --proxy of curl asks for was not done"},
		Rounds: []raced.Round{{
			Key: "k", Different: 3, Succeeded: 2, Named: 2, NamedAt: "id",
			Overlap: raced.Overlap{
				Arrived: 5, AtOnce: 5, Met: 5, Release: value.Duration(101_234), Load: []int{5, 5, 3, 1, 0},
				Whole: value.Duration(6_582_345 * time.Nanosecond),
			},
			Answers: []raced.AnswerGroup{
				{Count: 2, Status: 409, Excerpt: `{"title":"` + strings.Repeat("in progress ", 20) + `"}`},
				{Count: 2, Status: 201, Excerpt: `{"id":"o1"}`, Differs: []raced.Difference{
					{Path: "id", Values: 2, Examples: []string{"o1", "o2"}},
					{Path: "created", Values: 2, Volatile: true},
				}},
				{Count: 1, Err: "timeout"},
			},
			Growth: &raced.Growth{Before: 7, After: 9, New: 2, Listed: true, Alike: 2, Proven: 2, Keyed: 2},
		}},
	}
	out.Conclude()
	return out
}

func TestARaceIsOneScreen(t *testing.T) {
	var b strings.Builder
	require.NoError(t, Text(&b, twice(), page.Options{}))
	require.Equal(t, `✗ INVALID  5 copies at once: 3 different answers, 2 new items: this was done twice

  sent      5 × POST http://h/orders · HTTP/1.1
            A: 1 · B: 2 · C: 3 · Idempotency-Key: k · and 1 more header
            {"sku":"x"}
  overlap   5 of 5 with the service at once; released within 101µs, last answer after 6.58ms
            ██▅▂
  answers   2 × 409 {"title":"in progress in progress in progress in progress in progress in p…
            2 × 201 {"id":"o1"}
            - id differs: 2 values (o1, o2)
            - apart from created
            1 × no answer (timeout)
  effects   7 → 9 (+2) GET http://h/orders
            2 of the new items carry the key of the copies
            2 of the new items are named by an answer each

  note: what --proxy of curl asks for was not done
  next: let the service claim the key before it works (a unique index, one transaction), and
        repeat this line: --repeat 10 tries ten fresh keys
  next: idemcheck init --probe --curl '…' --ledger '…' with these lines begins a contract: `+"`run`"+`
        then tries lost answers, late repeats and crashes too
`, b.String())
	b.Reset()
	require.NoError(t, Text(&b, twice(), page.Options{ASCII: true}))
	for _, r := range b.String() {
		require.Less(t, r, rune(128), b.String())
	}
}

// TestRoundsAreLines: several rounds are a line each, and the first that says most is shown.
func TestRoundsAreLines(t *testing.T) {
	r := twice()
	right := r.Rounds[0]
	right.Growth = &raced.Growth{Before: 9, After: 10, New: 1, Listed: true}
	right.Different, right.Named = 1, 0
	r.Rounds = append([]raced.Round{right}, r.Rounds...)
	for range maxRounds {
		r.Rounds = append(r.Rounds, right)
	}
	r.Conclude()
	var b strings.Builder
	require.NoError(t, Text(&b, r, page.Options{}))
	require.Contains(t, b.String(), "  rounds    ✓ 5 at once · 1 answer · +1 · k\n"+
		"            ✗ 5 at once · 3 different answers · +2 · k\n")
	require.Contains(t, b.String(), "and 2 more\n")
	require.Contains(t, b.String(), "7 → 9 (+2)")
}

// TestTheDocumentIsReadAgain: what programs read is what was seen, and a full disk is an error.
func TestTheDocumentIsReadAgain(t *testing.T) {
	var b strings.Builder
	require.NoError(t, JSON(&b, twice()))
	var back raced.Race
	require.NoError(t, json.Unmarshal([]byte(b.String()), &back))
	require.Equal(t, *twice(), back)
	require.ErrorContains(t, JSON(full{}, twice()), "writing the race: no space")
	require.ErrorContains(t, Text(full{}, twice(), page.Options{}), "writing the race: no space")
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space") }
