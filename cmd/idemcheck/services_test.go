package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/model/verdict"
)

// servicesVariable asks for every service, wrong and right, with that many seeds, which takes minutes.
// Without it one contract of a few is tried, with one seed and the wrong service: one in each language.
const (
	servicesVariable = "IDEMCHECK_SERVICES"
	// seedsApart keeps the seeds of second tries from those of first ones.
	seedsApart = 100
)

// smallService is a small service of the testdata folder, written after a public report: wrong as it is,
// and right with RIGHT=1.
type smallService struct {
	name string
	// rule is what the wrong one breaks.
	rule string
	// daily: it is tried every day.
	daily bool
	// beside: it breaks that only beside operations with other keys.
	beside bool
	// lucky: it hangs on the service's clock, so that its counterexample is as luck has it.
	lucky bool
	// clocked: it hangs on the service's clock or load, so that its counterexample is as luck has it,
	// and a right one may be unknown.
	clocked bool
	// binary is the service as a program, when it is one in Go; "" otherwise.
	binary string
}

func smallServices() []smallService {
	return []smallService{
		{name: "acknowledged-then-in-flight", rule: "stuck-key"},
		{name: "batch-half-deduplicated", rule: "duplicate-effect", daily: true},
		{name: "deadline-frees-key", rule: "duplicate-effect"},
		{name: "derived-key-time-bucket", rule: "duplicate-effect", lucky: true},
		{name: "keys-in-one-file", rule: "duplicate-effect", beside: true},
		{name: "look-then-claim", rule: "duplicate-effect", daily: true},
		{name: "outbox-lease-taken-twice", rule: "side-effect-of-replay"},
		{name: "provider-key-of-a-row", rule: "duplicate-effect"},
		{name: "release-without-status", rule: "duplicate-effect"},
		{name: "token-in-identity", rule: "duplicate-effect", daily: true},
		{name: "webhook-overtakes-commit", rule: "duplicate-effect"},
		{name: "amounts-with-cents", rule: "divergent-replay"},
		{name: "busy-answer-kept", rule: "error-caching", clocked: true},
		{name: "outage-forgets", rule: "lost-effect", clocked: true},
		{name: "maintenance-frees-keys", rule: "duplicate-effect", clocked: true},
		{name: "each-merchant-counts", rule: "foreign-replay"},
		{name: "joined-in-flight", rule: "foreign-replay"},
		{name: "each-till-counts", rule: "foreign-replay"},
	}
}

func TestSmallServices(t *testing.T) {
	seeds, all := 1, false
	if n, err := strconv.Atoi(os.Getenv(servicesVariable)); err == nil {
		seeds, all = n, true
	}
	for _, s := range smallServices() {
		if !all && !s.daily {
			continue
		}
		s.binary = s.build(t)
		for _, contract := range s.contracts(t) {
			for seed := 1; seed <= seeds; seed++ {
				name := fmt.Sprintf("%s/%s/%d", s.name, filepath.Base(contract), seed)
				t.Run(name+"/wrong", func(t *testing.T) { s.isWrong(t, contract, seed) })
				if all {
					t.Run(name+"/right", func(t *testing.T) { s.isRight(t, contract, seed) })
				}
			}
		}
	}
}

// isWrong asks that the wrong variant breaks its rule, among others that come of it.
func (s smallService) isWrong(t *testing.T, contract string, seed int) {
	t.Parallel()
	v := s.verdict(t, contract, seed)
	for again := 1; s.missed(v) && again < s.tries(); again++ {
		v = s.verdict(t, contract, seed+again*seedsApart)
	}
	require.Equal(t, verdict.Invalid, v.Verdict, "%v", v.Reasons)
	require.True(t, slices.ContainsFunc(v.Violations, func(found verdict.Violation) bool {
		return found.Rule == s.rule || found.Rule == "key-ignored" && s.rule == "duplicate-effect"
	}), "%v", v.Violations)
	if s.clocked || s.lucky {
		return
	}
	// What hangs on the service's clock does not come up in every smaller case, nor in every replay.
	require.Equal(t, s.beside, v.Counterexample.Interference != nil, "%v", v.Counterexample)
	if s.beside {
		require.True(t, v.Counterexample.Interference.Lost)
		return // it needs neighbours
	}
	if c := v.Counterexample; c.Reproduced == c.Replays {
		require.LessOrEqual(t, c.Operations, 3)
	}
}

// tries is how often the wrong variant is hunted before it counts as missed: more often where it must be
// struck at a moment of its own, which comes every few seconds.
func (s smallService) tries() int {
	if s.clocked {
		return 2 * hunts
	}
	return hunts
}

// missed reports whether a machine that stands still may have kept apart what must meet: operations at a
// service that hangs on its clock or load, or neighbours in the replays that tell of them.
func (s smallService) missed(v verdict.Verdict) bool {
	if v.Verdict != verdict.Invalid {
		return s.clocked
	}
	return s.beside && v.Counterexample.Interference == nil
}

func (s smallService) isRight(t *testing.T, contract string, seed int) {
	t.Parallel()
	v := s.verdict(t, contract, seed, "RIGHT=1")
	require.Empty(t, v.Violations)
	if v.Verdict == verdict.Unknown && s.clocked {
		return
	}
	require.Equal(t, verdict.Valid, v.Verdict, "%v", v.Reasons)
}

// verdict runs the service and idemcheck against it, with default settings.
func (s smallService) verdict(t *testing.T, contract string, seed int, env ...string) verdict.Verdict {
	t.Helper()
	got := invoke(t, "run", "-f", contract, "--target", s.serve(t, env...), "--seed", strconv.Itoa(seed),
		"--no-progress", "--format", "json", "--out", t.TempDir())
	return got.verdict(t)
}

// folder is where a service is.
func (s smallService) folder() string { return filepath.Join("testdata", "services", s.name) }

func (s smallService) contracts(t *testing.T) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(s.folder(), "*.yaml"))
	require.NoError(t, err)
	require.NotEmpty(t, found)
	return found
}

// serve starts the service on a free port and returns its URL.
func (s smallService) serve(t *testing.T, env ...string) string {
	t.Helper()
	address := freeAddress(t)
	_, port, err := net.SplitHostPort(address)
	require.NoError(t, err)
	ctx, stop := context.WithCancel(context.Background())
	c := s.command(ctx, t)
	c.Env, c.Stderr = append(append(os.Environ(), "PORT="+port), env...), t.Output()
	require.NoError(t, c.Start())
	t.Cleanup(func() { stop(); _ = c.Wait() }) // it was killed
	require.Eventually(t, func() bool {
		conn, err := net.Dial("tcp", address)
		return err == nil && conn.Close() == nil
	}, patience, patience/1000)
	return "http://" + address
}

// command runs what the service is written in.
func (s smallService) command(ctx context.Context, t *testing.T) *exec.Cmd {
	t.Helper()
	for file, program := range map[string]string{"service.py": "python3", "service.mjs": "node"} {
		path := filepath.Join(s.folder(), file)
		if _, err := os.Stat(path); err != nil {
			continue
		}
		if _, err := exec.LookPath(program); err != nil {
			t.Skip(program + " is not installed")
		}
		return exec.CommandContext(ctx, program, path)
	}
	return exec.CommandContext(ctx, s.binary)
}

// build builds a service in Go, once for all its contracts and seeds, and returns where it is; "" for one
// that is written in another language.
func (s smallService) build(t *testing.T) string {
	t.Helper()
	if _, err := os.Stat(filepath.Join(s.folder(), "go.mod")); err != nil {
		return ""
	}
	binary := filepath.Join(t.TempDir(), s.name)
	build := exec.CommandContext(t.Context(), "go", "build", "-o", binary, ".")
	build.Dir = s.folder()
	out, err := build.CombinedOutput()
	require.NoError(t, err, string(out))
	return binary
}

// freeAddress is an address on which nothing listens at the moment. It is none that a system gives away by
// itself, so that nothing else takes it before the service does.
func freeAddress(t *testing.T) string {
	t.Helper()
	const first, many, tries = 20_000, 12_000, 100
	for range tries {
		address := fmt.Sprintf("127.0.0.1:%d", first+rand.IntN(many))
		if listener, err := net.Listen("tcp", address); err == nil {
			require.NoError(t, listener.Close())
			return address
		}
	}
	require.FailNow(t, "no port is free")
	return ""
}
