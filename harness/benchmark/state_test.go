package benchmark_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// state keeps what was measured in a file, a line for each bug and side, so that a benchmark that takes long
// goes on where it was interrupted.
type state struct {
	settings

	path string
	mu   sync.Mutex
	// known is protected by mu.
	known []detection
}

// openState reads what was measured with the same settings.
func openState(tb testing.TB, path string, s settings) *state {
	tb.Helper()
	out := &state{settings: s, path: path}
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return out
	}
	require.NoError(tb, err)
	for line := range bytes.Lines(text) {
		var d detection
		if json.Unmarshal(line, &d) != nil {
			continue // the interruption came while it was written
		}
		if d.settings == s {
			out.merge(d)
		}
	}
	return out
}

// has reports whether a bug was measured by one side.
func (s *state) has(bug string, by side) bool {
	known := s.of([]string{bug})
	return len(known) > 0 && len(*by.of(&known[0])) > 0
}

// merge adds what one side measured to what is known; mu is held, or nobody else there.
func (s *state) merge(d detection) {
	i := slices.IndexFunc(s.known, func(o detection) bool { return o.Bug == d.Bug })
	if i < 0 {
		s.known = append(s.known, d)
		return
	}
	s.known[i].Peer = slices.Concat(s.known[i].Peer, d.Peer)
	s.known[i].Ours = slices.Concat(s.known[i].Ours, d.Ours)
}

// of returns what was measured for some bugs, in their order.
func (s *state) of(bugs []string) []detection {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []detection
	for _, bug := range bugs {
		i := slices.IndexFunc(s.known, func(d detection) bool { return d.Bug == bug })
		if i >= 0 {
			out = append(out, s.known[i])
		}
	}
	return out
}

// add keeps what one side measured for a bug.
func (s *state) add(d detection) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.merge(d)
	line, err := json.Marshal(d)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(s.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	// A new line first: the one before may have been interrupted.
	_, err = f.Write(append([]byte{'\n'}, line...))
	return errors.Join(err, f.Close())
}

// finish forgets what was measured, now that it was reported.
func (s *state) finish(tb testing.TB) {
	tb.Helper()
	if err := os.Remove(s.path); !errors.Is(err, fs.ErrNotExist) {
		require.NoError(tb, err)
	}
}
