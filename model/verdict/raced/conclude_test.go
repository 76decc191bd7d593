package raced

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/model/verdict"
)

// met is a round whose copies met, were answered alike, and left something.
func met(g *Growth) Round {
	return Round{
		Overlap: Overlap{Arrived: 4, AtOnce: 4, Met: 4}, Growth: g, Different: 1, Succeeded: 4,
		Answers: []AnswerGroup{{Count: 4, Status: 201}},
	}
}

// raceOf is a race of four copies with a key.
func raceOf(rounds ...Round) *Race {
	return &Race{
		Sent: Shot{Copies: 4, KeyAt: "Idempotency-Key"}, Rounds: rounds, Counting: &Counting{Each: 1},
	}
}

// TestOnlyWhatIsBeyondDoubtIsInvalid: each case with the nearest one that is not.
func TestOnlyWhatIsBeyondDoubtIsInvalid(t *testing.T) {
	for name, tt := range map[string]struct {
		growth Growth
		change func(*Race)
		want   verdict.Result
		says   string
	}{
		"one": {
			growth: Growth{New: 1, Listed: true},
			want:   verdict.Valid, says: "once",
		},
		"a number of one": {
			growth: Growth{New: 1},
			want:   verdict.Valid, says: "1 more",
		},
		"two alike": {
			growth: Growth{New: 2, Listed: true, Alike: 2},
			want:   verdict.Invalid, says: "twice",
		},
		"two unlike": {
			growth: Growth{New: 2, Listed: true, Alike: 1},
			want:   verdict.Unknown, says: "--each",
		},
		"a number of two": {
			growth: Growth{New: 2},
			want:   verdict.Unknown, says: "--each 1",
		},
		"a number of two, as many as answers name": {
			growth: Growth{New: 2}, want: verdict.Invalid, says: "2 more: this was done twice",
			change: func(r *Race) { r.Rounds[0].Named, r.Rounds[0].NamedAt = 2, "id" },
		},
		"a number of two, where one is declared": {
			growth: Growth{New: 2}, want: verdict.Invalid, says: "2 more: this was done twice",
			change: func(r *Race) { r.Counting.Declared = true },
		},
		"more than copies do": {
			growth: Growth{New: 500},
			want:   verdict.Unknown, says: "more than 4 copies",
		},
		"noise": {
			growth: Growth{New: 2, Noise: "it changed"},
			want:   verdict.Unknown, says: "it changed",
		},
		"named despite of noise": {
			growth: Growth{New: 9, Noise: "it changed", Proven: 2},
			want:   verdict.Invalid, says: "twice",
		},
		"keyed despite of noise": {
			growth: Growth{New: 9, Noise: "it changed", Keyed: 3},
			want:   verdict.Invalid, says: "3 times",
		},
		"one that is keyed": {
			growth: Growth{New: 9, Noise: "it changed", Keyed: 1},
			want:   verdict.Unknown, says: "it changed",
		},
		"not read": {
			growth: Growth{Unread: "timeout"},
			want:   verdict.Unknown, says: "timeout",
		},
		"less": {
			growth: Growth{New: -1},
			want:   verdict.Unknown, says: "less than before",
		},
		"declared": {
			growth: Growth{New: 4, Listed: true, Alike: 1}, want: verdict.Invalid, says: "twice",
			change: func(r *Race) { r.Counting = &Counting{Each: 2, Declared: true} },
		},
		"as declared": {
			growth: Growth{New: 2, Listed: true, Alike: 2, Keyed: 2}, want: verdict.Valid, says: "once",
			change: func(r *Race) { r.Counting = &Counting{Each: 2, Declared: true} },
		},
		"less than declared": {
			growth: Growth{New: 1}, want: verdict.Unknown, says: "less than the 2",
			change: func(r *Race) { r.Counting = &Counting{Each: 2, Declared: true} },
		},
		"no key": {
			growth: Growth{New: 4, Alike: 4, Listed: true}, want: verdict.Unknown, says: "no idempotency key",
			change: func(r *Race) { r.Sent.KeyAt = "" },
		},
		"they did not meet": {
			growth: Growth{New: 1}, want: verdict.Unknown, says: "one after the other",
			change: func(r *Race) { r.Rounds[0].Overlap.AtOnce = 1 },
		},
		"they did not meet, and it was done twice": {
			growth: Growth{New: 2, Listed: true, Alike: 2}, want: verdict.Invalid, says: "one after the other",
			change: func(r *Race) { r.Rounds[0].Overlap.AtOnce = 1 },
		},
		"all but one were turned away": {
			growth: Growth{New: 1}, want: verdict.Unknown, says: "turned away",
			change: func(r *Race) { r.Rounds[0].Overlap.Met = 1 },
		},
		"one may still be at work": {
			growth: Growth{New: 1}, want: verdict.Unknown, says: "--timeout",
			change: func(r *Race) { r.Rounds[0].Overlap.Open = 1 },
		},
		"one did not come": {
			growth: Growth{New: 1}, want: verdict.Unknown, says: "not released together: refused",
			change: func(r *Race) { r.Rounds[0].Overlap.Broken = "refused" },
		},
		"nobody was told": {
			growth: Growth{New: 1}, want: verdict.Unknown, says: "no copy was told so",
			change: func(r *Race) { r.Rounds[0].Succeeded = 0 },
		},
		"nothing was done": {
			want: verdict.Unknown, says: "nothing was done",
			change: func(r *Race) { r.Rounds[0].Succeeded = 0 },
		},
		"answers name two things, and there is one": {
			growth: Growth{New: 1}, want: verdict.Unknown, says: "suspicious",
			change: func(r *Race) { r.Rounds[0].Named, r.Rounds[0].NamedAt = 2, "id" },
		},
		"answers name two things, and nobody counted": {
			want: verdict.Unknown, says: "suspicious",
			change: func(r *Race) {
				r.Rounds[0].Named, r.Rounds[0].NamedAt, r.Rounds[0].Growth, r.Counting = 2, "id", nil, nil
			},
		},
	} {
		r := raceOf(met(&tt.growth))
		if tt.change != nil {
			tt.change(r)
		}
		r.Conclude()
		said := r.Summary + " " + strings.Join(r.Reasons, " ")
		require.Equal(t, tt.want, r.Verdict, "%s: %s", name, said)
		require.Contains(t, said, tt.says, name)
		require.Equal(t, tt.want == verdict.Unknown, len(r.Reasons) > 0, "%s: %s", name, said)
		require.NotEmpty(t, r.Next, name)
	}
}

// TestRoundsAreOneVerdict: invalid over unknown over valid.
func TestRoundsAreOneVerdict(t *testing.T) {
	listed := func(n int64) Round { return met(&Growth{New: n, Listed: true, Alike: int(n)}) }
	once, twice, none := listed(1), listed(2), listed(0)
	const rounds = "2 rounds of 4 copies at once: "
	for says, rounds := range map[string][]Round{
		rounds + "each operation was done once":                      {once, once},
		rounds + "whether each operation was done once is not known": {once, none},
		"in 1 of 3 an operation was done more than once, twice at":   {none, twice, once},
		rounds + "in all 2 an operation was done more than once, 3":  {twice, listed(3)},
		"nothing was sent": nil,
	} {
		r := raceOf(rounds...)
		r.Conclude()
		require.Contains(t, r.Summary, says)
	}
	r := raceOf()
	r.Conclude()
	require.Equal(t, verdict.Unknown, r.Verdict)
	require.False(t, r.Reached())
}
