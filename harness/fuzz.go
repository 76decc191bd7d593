package harness

import (
	"context"
	"encoding/binary"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/idemcheck/idemcheck/model/verdict"
)

// Fuzz lets Go's fuzzer, guided by the coverage of the team's own handler, drive plans: each input
// is one case. Without -fuzz it runs one case of every scenario, and the inputs that were found
// earlier. A failure prints what [Check] prints. Suite.Cases is not used.
//
// Go makes every input that covers something new smaller for up to a minute before it goes on;
// -fuzzminimizetime 20x keeps it fuzzing.
func Fuzz(f *testing.F, s Suite, target Target) {
	f.Helper()
	p, err := NewProber(s, target)
	if err != nil {
		f.Fatalf("idemcheck: %v", err)
	}
	if s.limit == 0 {
		p.suite.limit = fuzzLimit
	}
	for i := range p.cases.Scenarios() {
		f.Add(p.fuzzSeed(i))
	}
	folder := beside(f.Name())
	var once sync.Once
	f.Fuzz(func(t *testing.T, input []byte) {
		if os.Getenv(ReplayVariable) != "" {
			once.Do(func() { Check(t, s, target) })
			return
		}
		once.Do(func() { p.known(t, folder) })
		p.fuzz(t, input, folder)
	})
}

// Go's fuzzer gives an input ten seconds, without a word to the user: a case and the shrinking of
// what it found must be done before.
const fuzzLimit, fuzzShrink = 6 * time.Second, 2 * time.Second

// fuzzSeed is an input that gives a case of a scenario.
func (p *Prober) fuzzSeed(scenario int) []byte {
	const size = 400
	out := []byte{byte(scenario)}
	state := p.plan.Seed + uint64(scenario)
	for len(out) < size { // splitmix64: the same input on every machine
		state += 0x9e3779b97f4a7c15
		z := state
		z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
		z = (z ^ z>>27) * 0x94d049bb133111eb
		out = binary.LittleEndian.AppendUint64(out, z^z>>31)
	}
	return out
}

// known fails t where what is saved in a folder breaks a rule again.
func (p *Prober) known(t *testing.T, folder string) {
	t.Helper()
	written, err := p.suite.contract()
	if err != nil {
		t.Fatalf("idemcheck: %v", err)
	}
	message, err := p.suite.again(t, p.target, written, folder)
	if err != nil {
		t.Fatalf("idemcheck: %v", err)
	}
	if message != "" {
		t.Fatal(message)
	}
}

// fuzz runs the case of an input and fails t as Check does.
func (p *Prober) fuzz(t *testing.T, input []byte, folder string) {
	t.Helper()
	c := p.cases.Decode(t, input)
	one, b, err := p.at(t)
	if err != nil {
		t.Fatalf("idemcheck: %v", err)
	}
	probe, err := one.Try(context.Background(), c.Case)
	if err != nil {
		t.Fatalf("idemcheck: %v", err)
	}
	switch probe.Verdict.Verdict {
	case verdict.Valid:
		return
	case verdict.Unknown:
		t.Skipf("idemcheck: %s: %v", c, probe.Verdict.Reasons)
	}
	if crashes(probe.Case) {
		if err := lives(context.Background(), one, p.contract); err != nil {
			t.Fatalf("idemcheck: %v", err)
		}
	}
	result := one.Smallest(context.Background(), probe, fuzzShrink)
	failed := &checking{t: t, plan: p.plan, bubbles: b, result: result, folder: folder}
	t.Fatal(failed.verdict())
}
