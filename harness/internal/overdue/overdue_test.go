package overdue

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// late is a reading that took too long.
type late struct{ setting string }

// Error implements error.
func (late) Error() string { return "no answer within 2s" }

// Setting implements [Late].
func (l late) Setting() string { return l.setting }

// limit is how long a reading may take.
const limit = 2 * time.Second

// step is one reading of a place: about what, when it begins, how long it takes and what it ends with.
type step struct {
	about string
	at    time.Duration
	took  time.Duration
	err   error
}

// missed are readings about some things that miss their time one after the other.
func missed(about ...string) (out []step) {
	for i, a := range about {
		out = append(out, step{a, time.Duration(i) * limit, limit, fmt.Errorf("reading: %w", late{"sql.timeout"})})
	}
	return out
}

func TestAPlaceIsGivenUp(t *testing.T) {
	three := missed("a", "b", "a")
	with := func(s step) []step { return append([]step{three[0], three[1], s}, missed("a", "b", "a")[2:]...) }
	atOnce := missed("a", "b", "c", "d")
	for i := range atOnce {
		atOnce[i].at = time.Duration(i) * time.Millisecond
	}
	for name, tt := range map[string]struct {
		steps []step
		busy  bool
		gone  bool
	}{
		"one slow reading":             {missed("a"), false, false},
		"two":                          {missed("a", "b"), false, false},
		"two and one that confirms it": {three, false, true},
		"of no thing alone":            {missed("", "", ""), false, true},
		"of one thing alone":           {missed("a", "a", "a", "a"), false, false},
		"of one thing, then another":   {missed("a", "a", "a", "b"), false, true},
		"all at the same time":         {atOnce, false, false},
		"on a busy machine":            {missed("a", "b", "a", "b"), true, false},
		"with an answer between": {
			with(step{"c", limit, time.Millisecond, nil}), false, false,
		},
		"with an error between, which is an answer": {
			with(step{"c", limit, time.Millisecond, errors.New("refused")}), false, false,
		},
		"with one between that nobody waited for": {
			with(step{"c", limit, time.Millisecond, context.Canceled}), false, true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := New(func(time.Time, time.Time) bool { return tt.busy })
				for _, s := range tt.steps {
					go func() {
						<-time.After(s.at)
						_ = p.Read("ledgers.x.from", s.about, func() error {
							<-time.After(s.took)
							return s.err
						})
					}()
				}
				<-time.After(time.Minute)
				require.Equal(t, tt.gone, p.Gone() != "", p.Gone())
				if !tt.gone {
					return
				}
				require.Contains(t, p.Gone(), "give it longer with ledgers.x.from.sql.timeout")
				asked := false
				require.ErrorContains(t, p.Read("ledgers.x.from", "new", func() error {
					asked = true
					return nil
				}), p.Gone())
				require.False(t, asked, "it is read no more")
				require.NoError(t, p.Read("ledgers.y.from", "new", func() error { return nil }))
			})
		})
	}
}

func TestWhatNobodyFollowsIsRead(t *testing.T) {
	var p *Places
	require.ErrorIs(t, p.Read("x", "", func() error { return late{} }), late{})
	require.Empty(t, p.Gone())
}
