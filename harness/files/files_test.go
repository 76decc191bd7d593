package files_test

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/files"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/fault"
	"github.com/idemcheck/idemcheck/model/value"
	"github.com/idemcheck/idemcheck/model/verdict"
	"github.com/idemcheck/idemcheck/model/verdict/tally"
)

// plan is a small plan with everything that is hard to write to JSON and back.
func plan() *model.Plan {
	return &model.Plan{
		Schema: model.PlanSchema, Seed: 1<<64 - 1, Rule: "lost-effect",
		Contract: model.Contract{Version: 1, Operations: map[string]model.OperationType{
			"charge": {Path: "/c", OK: []int{201}, Body: map[string]any{"n": int64(1<<62 + 1)}},
		}},
		Cases: []model.Case{{
			Index: 3, Scenario: "s <&> ü",
			Operations: []model.PlannedOperation{{
				ID: "a", Type: "charge", CorrelationID: "m1", Key: model.KeyPlan{Name: "k1", Style: model.KeyPlain},
				Args:     map[string]any{"big": int64(1<<62 + 1), "text": "x", "half": 0.5},
				Attempts: []model.PlannedAttempt{{Repeat: true, After: value.Duration(1500 * time.Microsecond)}},
			}},
			Faults: []fault.Fault{{Kind: fault.Delay, Operation: "a", Attempt: 1, Span: 1000}},
		}},
	}
}

// written puts content into a new file.
func written(t testing.TB, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	return path
}

func read(t testing.TB, path string) string {
	t.Helper()
	out, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(out)
}

func TestPlansComeBackByteForByte(t *testing.T) {
	dir := t.TempDir()
	one, two := filepath.Join(dir, "one.json"), filepath.Join(dir, "two.json")
	require.NoError(t, files.SavePlan(one, plan()))
	loaded, err := files.LoadPlan(one)
	require.NoError(t, err)
	require.NoError(t, files.SavePlan(two, loaded))
	require.Equal(t, read(t, one), read(t, two))
	args := loaded.Cases[0].Operations[0].Args
	require.Equal(t, int64(1<<62+1), value.Normal(args["big"]), "no digit is lost")
	require.InDelta(t, 0.5, value.Normal(args["half"]), 0)
	require.Equal(t, plan().Seed, loaded.Seed)
}

func TestVerdictsComeBack(t *testing.T) {
	v := verdict.New()
	v.Verdict, v.Reasons = verdict.Unknown, []string{"because"}
	v.Faults.ByKind[fault.Delay] = tally.KindCount{Planned: 2, Fired: 1}
	path := filepath.Join(t.TempDir(), "deep", "er", "verdict.json")
	require.NoError(t, files.SaveVerdict(path, v))
	loaded, err := files.LoadVerdict(path)
	require.NoError(t, err)
	require.Equal(t, v, loaded)
}

// history is a history of one case with a few events.
func history(n int) *model.History {
	return &model.History{
		Case: n, Scenario: "s", Seed: 7, Run: 1, Doubt: "busy",
		Begun:      time.Date(2026, 1, 2, 3, 4, 5, 678000, time.UTC),
		Operations: []model.Operation{{ID: "a", Type: "charge", Trace: "0af7", Args: map[string]any{"n": "x"}}},
		Initial:    model.State{"t/account-1.balance": "1000"},
		Events: []model.Event{
			{Kind: model.Invoke, Operation: "a", Attempt: 1},
			{
				At: time.Millisecond, Kind: model.Return, Operation: "a", Attempt: 1,
				Answer: &model.Answer{Status: 201, Body: strings.Repeat("é\n\"", 3000), ReplayMarker: true},
			},
			{At: 2 * time.Millisecond, Kind: model.Healed},
		},
	}
}

// saved writes histories to a new file.
func saved(t testing.TB, hs ...*model.History) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "history.jsonl")
	w, err := files.CreateHistory(path, files.Header{Seed: 7, Contract: plan().Contract})
	require.NoError(t, err)
	for _, h := range hs {
		require.NoError(t, w.Add(h))
	}
	require.NoError(t, w.Close())
	return path
}

// loaded reads all histories of a file.
func loaded(path string) (all []*model.History, err error) {
	err = files.EachHistory(path, func(h files.Header, one *model.History) error {
		if h.Seed != 7 || h.Schema != model.HistorySchema || len(h.Contract.Operations) != 1 {
			return fmt.Errorf("unexpected header %+v", h)
		}
		all = append(all, one)
		return nil
	})
	return all, err
}

func TestHistoriesComeBack(t *testing.T) {
	want := []*model.History{history(0), history(1), {Case: 2, Operations: []model.Operation{}}}
	got, err := loaded(saved(t, want...))
	require.NoError(t, err)
	require.Equal(t, want, got)
}

func TestAHistoryWithoutCasesHasNone(t *testing.T) {
	got, err := loaded(saved(t))
	require.NoError(t, err)
	require.Empty(t, got)
}

func TestLargeNumbersInHistoriesKeepTheirDigits(t *testing.T) {
	h := history(0)
	h.Initial["big"] = int64(1<<62 + 1)
	h.Operations[0].Args["big"] = int64(1<<62 + 1)
	h.Events = append(h.Events,
		model.Event{Kind: model.Observed, Name: "big", Value: int64(1<<62 + 1)},
		model.Event{Kind: model.Listed, Effect: &model.Effect{Fields: map[string]any{"big": int64(1<<62 + 1)}}},
	)
	got, err := loaded(saved(t, h))
	require.NoError(t, err)
	for _, v := range []any{
		got[0].Initial["big"], got[0].Operations[0].Args["big"], got[0].Events[3].Value,
		got[0].Events[4].Effect.Fields["big"],
	} {
		require.Equal(t, int64(1<<62+1), value.Normal(v))
	}
}

func TestEachHistoryStopsAtTheFirstError(t *testing.T) {
	path := saved(t, history(0), history(1))
	n := 0
	stop := fmt.Errorf("enough")
	err := files.EachHistory(path, func(files.Header, *model.History) error { n++; return stop })
	require.Equal(t, stop, err)
	require.Equal(t, 1, n)
}

func TestHistoriesAreWrittenWholeFromManyGoroutines(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history.jsonl")
	w, err := files.CreateHistory(path, files.Header{Seed: 7, Contract: plan().Contract})
	require.NoError(t, err)
	var wg sync.WaitGroup
	for i := range 40 {
		wg.Go(func() {
			if err := w.Add(history(i)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	require.NoError(t, w.Close())
	all, err := loaded(path)
	require.NoError(t, err)
	seen := map[int]bool{}
	for _, h := range all {
		require.Equal(t, history(h.Case), h)
		seen[h.Case] = true
	}
	require.Len(t, seen, 40)
	require.Len(t, all, 40)
}

func TestEveryHistoryIsOnDiskWhenAddReturns(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history.jsonl")
	w, err := files.CreateHistory(path, files.Header{Seed: 7, Contract: plan().Contract})
	require.NoError(t, err)
	defer w.Close()
	for i := range 3 {
		require.NoError(t, w.Add(history(i)))
		all, err := loaded(path)
		require.NoError(t, err)
		require.Len(t, all, i+1)
		require.Equal(t, history(i), all[i], "to the last event")
	}
}

// requireAdvice checks that an error says what is wrong and what to do next, on two lines.
func requireAdvice(t *testing.T, err error, wrong, advice string) {
	t.Helper()
	var e *files.ReadError
	require.ErrorAs(t, err, &e)
	require.Equal(t, err.Error(), fmt.Sprintf("reading %s: %v\n  next: %s", e.Path, e.Err, e.Advice))
	require.ErrorContains(t, e.Err, wrong)
	require.Contains(t, e.Advice, advice)
	require.NotContains(t, e.Err.Error(), e.Path, "the path is named once")
}

// loaders read each kind of file.
func loaders() map[string]func(path string) error {
	return map[string]func(path string) error{
		"plan":    func(path string) error { _, err := files.LoadPlan(path); return err },
		"verdict": func(path string) error { _, err := files.LoadVerdict(path); return err },
		"history": func(path string) error { _, err := loaded(path); return err },
	}
}

func TestUnusableFilesSayWhatToDoNext(t *testing.T) {
	advice := map[string]string{
		"plan": "draw a plan with", "verdict": "verdict.json of an earlier run",
		"history": "history.jsonl of an earlier run",
	}
	for kind, load := range loaders() {
		for _, tt := range []struct{ name, content, wrong, advice string }{
			{"empty", "", "the file is empty", advice[kind]},
			{"blank", " \n\n", "the file is empty", advice[kind]},
			{"not JSON", "version: 1\n", "invalid character 'v'", advice[kind]},
			{"another document", `["x"]`, "it is not", advice[kind]},
			{"null", `null`, `unknown version: it says "no schema"`, "use the idemcheck that wrote it"},
			{"a foreign object", `{"a":1}`, `it says "no schema"`, "use the idemcheck that wrote it"},
			{
				"another version", `{"schema":"idemcheck/` + kind + `/v999"}`,
				fmt.Sprintf("it says %q and this idemcheck reads %q", "idemcheck/"+kind+"/v999", "idemcheck/"+kind+"/v1"),
				"use the idemcheck that wrote it",
			},
			{"cut", `{"schema":"idemcheck/` + kind + `/v1","se`, "it was cut off", advice[kind]},
			{"cut inside a text", `{"schema":"idemcheck/`, "it was cut off", advice[kind]},
		} {
			t.Run(kind+" "+tt.name, func(t *testing.T) {
				requireAdvice(t, load(written(t, tt.content)), tt.wrong, tt.advice)
			})
		}
		t.Run(kind+" that is missing", func(t *testing.T) {
			err := load(filepath.Join(t.TempDir(), "nowhere"))
			requireAdvice(t, err, "no such file", advice[kind])
			require.ErrorIs(t, err, fs.ErrNotExist)
		})
		t.Run(kind+" that is a folder", func(t *testing.T) {
			requireAdvice(t, load(t.TempDir()), "is a directory", advice[kind])
		})
		t.Run(kind+" that cannot be read", func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "itself") // not even root can read a link to itself
			require.NoError(t, os.Symlink(path, path))
			requireAdvice(t, load(path), "too many levels of symbolic links", advice[kind])
		})
	}
}

func TestValuesOfAnotherTypeAreSaidInJSONsWords(t *testing.T) {
	for content, wrong := range map[string]string{
		`{"schema": 5}`:       "schema must be a string, but is a number",
		`[]`:                  "it must be an object, but is an array",
		`{"seed": 1.5}`:       "seed must be a whole number, but is a number 1.5",
		`{"cases": {"a": 1}}`: "cases must be an array, but is an object",
		`{"contract": {"target": {"url": true}}}`: "contract.target.url must be a string, but is a bool",
	} {
		_, err := files.LoadPlan(written(t, content))
		requireAdvice(t, err, "it is not what was expected: "+wrong, "draw a plan")
	}
	err := loaders()["history"](written(t, `{"schema": 5}`))
	requireAdvice(t, err, "it is not a history: schema must be a string, but is a number", "history.jsonl")
}

func TestTrailingTextIsNoPlan(t *testing.T) {
	path := filepath.Join(t.TempDir(), "plan.json")
	require.NoError(t, files.SavePlan(path, plan()))
	for _, more := range []string{"x", "{}", `{"schema":"x"}`} {
		_, err := files.LoadPlan(written(t, read(t, path)+more))
		requireAdvice(t, err, "something follows the JSON document", "draw a plan")
	}
}

func TestPlansThatCannotBeDrivenAreRefused(t *testing.T) {
	type planned = fault.Fault
	for says, change := range map[string]func(c *model.Case, f *planned){
		"case 3 has no operation":                       func(c *model.Case, _ *planned) { c.Operations = nil },
		"case 3: delay is at b.1, which is not planned": func(_ *model.Case, f *planned) { f.Operation = "b" },
		"case 3: delay is at a.2, which is not planned": func(_ *model.Case, f *planned) { f.Attempt = 2 },
		"case 3: delay is at a.0, which is not planned": func(_ *model.Case, f *planned) { f.Attempt = 0 },
		"case 3: delay is at a.3, which is not planned": func(c *model.Case, f *planned) {
			c.Operations[0].Attempts = make([]model.PlannedAttempt, 3)
			f.Attempt, f.Copies = 3, math.MaxInt
		},
		"case 3: delay is at a.1, which is not planned": func(_ *model.Case, f *planned) { f.Copies = 2 },
	} {
		t.Run(says, func(t *testing.T) {
			p := plan()
			change(&p.Cases[0], &p.Cases[0].Faults[0])
			path := filepath.Join(t.TempDir(), "plan.json")
			require.NoError(t, files.SavePlan(path, p))
			_, err := files.LoadPlan(path)
			requireAdvice(t, err, says, "draw the plan again")
		})
	}
}

func TestAPlanWithoutCasesIsRefused(t *testing.T) {
	p := plan()
	p.Cases = nil
	path := filepath.Join(t.TempDir(), "plan.json")
	require.NoError(t, files.SavePlan(path, p))
	_, err := files.LoadPlan(path)
	requireAdvice(t, err, "the plan has no case", "draw the plan again")
}

func TestWritingLeavesNoTemporaryFiles(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "sub", "plan.json")
	for range 3 {
		require.NoError(t, files.SavePlan(path, plan()))
	}
	requireOnly(t, filepath.Dir(path), "plan.json")
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, fs.FileMode(0o644), info.Mode().Perm())

	taken := filepath.Join(dir, "folder")
	require.NoError(t, os.MkdirAll(filepath.Join(taken, "full"), 0o755))
	require.ErrorContains(t, files.Write(taken, []byte("x")), "writing "+taken)
	requireOnly(t, dir, "folder", "sub")
	require.ErrorContains(t, files.Write(filepath.Join(path, "x"), nil), "making the folder of")
}

// requireOnly checks which files a folder holds.
func requireOnly(t *testing.T, dir string, names ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	require.Equal(t, names, got)
}

func TestWritingReplacesAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	contents := []string{strings.Repeat("a", 1<<16), strings.Repeat("b", 1<<16)}
	require.NoError(t, files.Write(path, []byte(contents[0])))
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			for range 20 {
				if err := files.Write(path, []byte(contents[i%2])); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for range 100 {
		require.Contains(t, contents, read(t, path), "never half of it, and never a mixture")
	}
	wg.Wait()
	requireOnly(t, filepath.Dir(path), "file")
}

func TestWhatIsNoJSONIsAnErrorAndNoFile(t *testing.T) {
	dir := t.TempDir()
	p := plan()
	p.Cases[0].Operations[0].Args["bad"] = func() {}
	err := files.SavePlan(filepath.Join(dir, "plan.json"), p)
	var unsupported *json.UnsupportedTypeError
	require.ErrorAs(t, err, &unsupported)
	requireOnly(t, dir)
}

func TestHistoryFilesThatCannotBeMade(t *testing.T) {
	_, err := files.CreateHistory(t.TempDir(), files.Header{})
	require.ErrorContains(t, err, "creating the history file")
}
