package harness

import (
	"testing"
	"time"

	"github.com/idemcheck/idemcheck/model"
)

// WithLimit sets how long a case may take in real time.
func (s Suite) WithLimit(d time.Duration) Suite {
	s.limit = d
	return s
}

// CheckMessage returns what Check fails with: the message of a verdict, or the error.
func CheckMessage(t *testing.T, s Suite, target Target) (string, error) { return check(t, s, target) }

// Anchored and ReplayLine are what a failure prints.
var (
	Anchored   = anchored
	ReplayLine = replayLine
)

// Decode draws the case of a fuzzer's input.
func (p *Prober) Decode(t *testing.T, input []byte) model.Case { return p.cases.Decode(t, input).Case }
