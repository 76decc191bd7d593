// Package harness is what a test author types: Check, Fuzz and Try run a service in memory and in
// virtual time through drawn operations and faults, and say whether its retries are safe.
package harness

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/idemcheck/idemcheck/harness/campaign"
	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/harness/files"
	"github.com/idemcheck/idemcheck/harness/plan"
	"github.com/idemcheck/idemcheck/harness/result"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/verdict"
	"github.com/idemcheck/idemcheck/reports"
	"github.com/idemcheck/idemcheck/scenarios"
)

// Suite says what to check a service against.
type Suite struct {
	// Contract is what the service promises; nil means the file idemcheck.yaml beside the test. Its
	// target.url is not used.
	Contract *model.Contract
	// Scenarios are drawn from, such as scenarios.HTTP().
	Scenarios []Scenario
	// Cases is how many cases to run; zero means 20 of every scenario.
	Cases int
	// Seed draws another plan; zero means 1, so that a test stays the same until it is changed. The
	// environment variable IDEMCHECK_SEED overrides it.
	Seed uint64
	// Points are the named points (Env.Point) at which the service may crash.
	Points []string
	// Search is how cases are chosen; empty means Guided.
	Search Search
	// KeepGoing runs all cases even after a violation (see campaign.Limits).
	KeepGoing bool
	// ShrinkBudget bounds shrinking; zero means 6s, or ten times what the case took if that is more,
	// up to 2m; negative means not to shrink.
	ShrinkBudget time.Duration
	// limit is a case's in real time; zero means bubble.RealLimit.
	limit time.Duration
}

// Target is a service that [Check] can run.
type Target struct {
	construct func(*Env) http.Handler
	// more construct further replicas.
	more []func(*Env) http.Handler
}

// Handler makes a target of a constructor. It is called for every case, and again after every
// crash: what must outlive a crash belongs into env (see [Keep]).
//
// More constructors make further replicas that run side by side, or other versions of the service:
// in half of the cases attempts of an operation go to all of them. What makes resources and what
// reads ledgers goes to the first. They share what is kept, as processes share a database.
func Handler(construct func(env *Env) http.Handler, more ...func(env *Env) http.Handler) Target {
	return Target{construct, more}
}

// Environment variables of Check and Fuzz.
const (
	// SeedVariable overrides Suite.Seed.
	SeedVariable = "IDEMCHECK_SEED"
	// ReplayVariable names a saved plan that is run instead of a drawn one.
	ReplayVariable = "IDEMCHECK_REPLAY"
)

// Check runs a service in memory and in virtual time through drawn operations and faults, and fails
// the test when a retry does harm, or when something could not be judged. A failure prints what
// `idemcheck run` prints, saves plan and history, and says how to replay the smallest case. What it
// saved below testdata/idemcheck is run first from then on, before anything is drawn.
func Check(t *testing.T, s Suite, target Target) {
	t.Helper()
	message, err := check(t, s, target)
	if err != nil {
		t.Fatalf("idemcheck: %v", err)
	}
	if message != "" {
		t.Fatal(message)
	}
}

// check returns what a failure prints, or "".
func check(t *testing.T, s Suite, target Target) (string, error) {
	written, err := s.contract()
	if err != nil {
		return "", err
	}
	if path := os.Getenv(ReplayVariable); path != "" {
		return s.replay(t, target, written, path)
	}
	if message, err := s.again(t, target, written, beside(t.Name())); err != nil || message != "" {
		return message, err
	}
	ready, err := inMemory(written, target)
	if err != nil {
		return "", err
	}
	seed, err := s.seed()
	if err != nil {
		return "", err
	}
	plan, err := s.plan(ready, seed)
	if err != nil {
		return "", err
	}
	for _, row := range s.Scenarios {
		if row.Note != "" {
			t.Log("idemcheck: " + row.Note)
		}
	}
	// A secret that refers to the environment is saved as the reference, so that the command can
	// replay the plan.
	plan.Contract = *contract.Redacted(written)
	c := s.checking(t, target, plan)
	if err := c.run(ready); err != nil {
		return "", err
	}
	return c.verdict(), nil
}

// contractFile is the contract of a suite that sets none, beside the test.
const contractFile = "idemcheck.yaml"

// contract returns the suite's contract as it is written.
func (s Suite) contract() (*model.Contract, error) {
	if s.Contract != nil {
		return s.Contract, nil
	}
	loaded, err := contract.Load(contractFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no %s beside the test\n"+
			"next: write one with `idemcheck init`, or set Suite.Contract", contractFile)
	}
	return loaded, err
}

// inMemory returns a contract with its headers resolved, for a target that has no address.
func inMemory(written *model.Contract, target Target) (*model.Contract, error) {
	c := *written
	c.Target.URL, c.Target.TLS, c.Target.Replicas = "http://in.memory", nil, nil
	for range target.more {
		c.Target.Replicas = append(c.Target.Replicas, c.Target.URL)
	}
	return contract.Resolve(&c, os.LookupEnv)
}

// seed returns the seed of the suite or of the environment.
func (s Suite) seed() (uint64, error) {
	text := os.Getenv(SeedVariable)
	if text == "" {
		return cmp.Or(s.Seed, 1), nil
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("reading %s=%s: it must be a whole number", SeedVariable, text)
	}
	return n, nil
}

// plan draws the plan.
func (s Suite) plan(c *model.Contract, seed uint64) (*model.Plan, error) {
	if len(s.Scenarios) == 0 {
		return nil, errors.New("Suite.Scenarios is empty: take scenarios.HTTP()")
	}
	if s.Cases < 0 {
		return nil, fmt.Errorf("Suite.Cases is %d: write a number of cases, or 0 for 20 of every "+
			"scenario", s.Cases)
	}
	if err := s.catalogued(c); err != nil {
		return nil, err
	}
	return plan.Draw(plan.Options{
		Contract: c, Scenarios: s.Scenarios, Seed: seed, Cases: s.Cases, Points: s.Points,
		Search: s.Search,
	})
}

// catalogued returns an error when a contract chooses a scenario that exists nowhere: otherwise a
// misspelt name would choose nothing beside one that is right.
func (s Suite) catalogued(c *model.Contract) error {
	list := slices.Concat(scenarios.All(), s.Scenarios)
	if err := scenarios.Exist(c.Scenarios.Names(), list); err != nil {
		return fmt.Errorf("reading scenarios of the contract: %w", err)
	}
	return nil
}

// timesReplayed is how often the only case of a saved plan is replayed.
const timesReplayed = 5

// replay runs a saved plan: what decides verdicts comes from the plan, headers from the suite.
func (s Suite) replay(
	t *testing.T, target Target, written *model.Contract, path string,
) (string, error) {
	plan, err := files.LoadPlan(path)
	if err != nil {
		return "", fmt.Errorf("replaying %s: %w", ReplayVariable, err)
	}
	if len(plan.Cases) == 1 {
		for len(plan.Cases) < timesReplayed {
			plan.Cases = append(plan.Cases, plan.Cases[0])
		}
	}
	promised, err := inMemory(contract.Restore(&plan.Contract, written), target)
	if err != nil {
		return "", fmt.Errorf("replaying %s: %w", path, err)
	}
	c := s.checking(t, target, plan)
	c.replayed = path
	o := c.options(promised)
	if c.result, err = campaign.Replay(context.Background(), o); err != nil {
		return "", fmt.Errorf("replaying %s: %w", path, c.bubbles.blame(err))
	}
	if err := keeps(context.Background(), o, c.result); err != nil {
		return "", fmt.Errorf("replaying %s: %w", path, err)
	}
	return c.verdict(), nil
}

// checking is one use of Check.
type checking struct {
	t       *testing.T
	suite   Suite
	plan    *model.Plan
	bubbles *bubbles
	result  *campaign.RunResult
	// replayed is the saved plan that was run, or "", and note what became of it, where that is not
	// what a replay says.
	replayed, note string
	// folder is where counterexamples are saved; empty means that of the test.
	folder string
}

func (s Suite) checking(t *testing.T, target Target, plan *model.Plan) *checking {
	return &checking{
		t: t, suite: s, plan: plan, bubbles: &bubbles{t: t, target: target, limit: s.limit},
	}
}

// options run the plan in bubbles.
func (c *checking) options(promised *model.Contract) campaign.Options {
	return campaign.Options{
		Contract: promised, Secrets: contract.Secrets(&c.plan.Contract, os.LookupEnv),
		Plan: c.plan, Place: c.bubbles,
		Limits: campaign.Limits{
			Parallel: runtime.GOMAXPROCS(0), KeepGoing: c.suite.KeepGoing,
			ShrinkBudget: c.suite.ShrinkBudget,
		},
	}
}

// verdict returns "" for a valid run, and otherwise what to print.
func (c *checking) verdict() string {
	r := c.result
	if r.Verdict.Verdict == verdict.Valid {
		c.pass()
		return ""
	}
	doc := result.Document(r, &c.plan.Contract, target)
	if r.Found != nil {
		doc.Saved = c.save(&doc)
	}
	return c.text(doc)
}

// target is what reports say was tested.
const target = "handler in memory, virtual time"

// text prints a document.
func (c *checking) text(doc reports.Document) string {
	if c.replayed != "" {
		doc.Replayed = cmp.Or(c.note, campaign.ReplayNote(c.plan, c.result))
	}
	var out bytes.Buffer
	if err := reports.Text(&out, doc, reports.TextOptions{}); err != nil {
		return err.Error()
	}
	if note := c.bubbles.panicNote(); note != "" {
		fmt.Fprintf(&out, "\n%s\n", note) // a stack is not text to be wrapped
	}
	return "\n" + out.String()
}

// pass logs what was done, so that the reader of a passing test sees that something was.
func (c *checking) pass() {
	v := c.result.Verdict
	c.t.Logf("idemcheck: %d cases, %d operations, %d attempts, %d of %d faults fired, seed %d",
		v.Judged.Cases, v.Judged.Operations, v.Judged.Attempts, v.Faults.Fired, v.Faults.Planned, v.Seed)
	if c.replayed != "" {
		c.t.Log("idemcheck: " + campaign.ReplayNote(c.plan, c.result))
	}
	for _, note := range c.result.Notes {
		c.t.Log("idemcheck: " + note)
	}
	if note := c.bubbles.panicNote(); note != "" {
		c.t.Log("idemcheck: " + note)
	}
}

// save saves the counterexamples: plan and history of the first as artifacts of the test, and the
// plans beside the test, where they stay and can be committed. It notes the commands that replay
// them, and returns the folder.
func (c *checking) save(doc *reports.Document) (folder string) {
	line := func(plan string) string { return replayLine(c.t.Name(), plan) }
	artifacts := c.t.ArtifactDir()
	first := *c.result
	first.Further = nil
	err := result.Shelf{
		Plan:    func(int, string) string { return filepath.Join(artifacts, "plan.json") },
		History: func(int) string { return filepath.Join(artifacts, "history.jsonl") },
		Line:    line,
	}.Keep(&reports.Document{}, &first)
	if err != nil {
		c.t.Logf("idemcheck: saving the counterexample: %v", err)
	} else if strings.Contains(artifacts, "_artifacts") { // with -artifacts they stay
		folder = artifacts
	}
	if c.replayed != "" {
		doc.Replay = line(c.replayed)
		return folder
	}
	beside := cmp.Or(c.folder, beside(c.t.Name()))
	err = result.Shelf{
		Plan: func(n int, rule string) string { return filepath.Join(beside, planName(n, rule)) },
		Line: line,
	}.Keep(doc, c.result)
	if err != nil {
		c.t.Logf("idemcheck: saving a counterexample: %v", err)
	}
	if doc.Replay == "" {
		return folder
	}
	return cmp.Or(folder, beside)
}

// planName is the file of the plan of counterexample n, from 1, which breaks a rule.
func planName(n int, rule string) string {
	if n == 1 {
		return rule + ".json"
	}
	return fmt.Sprintf("%s-%d.json", rule, n)
}

// replayLine is the command that replays a saved plan. It is verbose, because `go test` says
// nothing else about a plan that is fixed.
func replayLine(test, plan string) string {
	return fmt.Sprintf("%s=%s go test -v -run %s .",
		ReplayVariable, quote(plan), quote(anchored(test)))
}

// anchored is the pattern that `go test -run` matches with one test, or one subtest, only.
func anchored(test string) string {
	parts := strings.Split(test, "/")
	for i, p := range parts {
		parts[i] = "^" + regexp.QuoteMeta(p) + "$"
	}
	return strings.Join(parts, "/")
}

var plainWord = regexp.MustCompile(`^[A-Za-z0-9_./-]+$`)

// quote makes a word of a shell.
func quote(s string) string {
	if plainWord.MatchString(s) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

var unsafeName = regexp.MustCompile(`[^A-Za-z0-9_.-]+`)

// safeName makes a test's name a file name.
func safeName(name string) string { return unsafeName.ReplaceAllString(name, "_") }
