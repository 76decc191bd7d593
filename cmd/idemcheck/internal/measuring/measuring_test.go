package measuring

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/calibrate"
	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/subject"
	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/harness/files"
	"github.com/idemcheck/idemcheck/harness/plan"
	"github.com/idemcheck/idemcheck/internal/sweep"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/judge"
	"github.com/idemcheck/idemcheck/model/notation"
	"github.com/idemcheck/idemcheck/model/verdict"
	"github.com/idemcheck/idemcheck/reference"
)

// some returns subjects by name.
func some(t *testing.T, names ...string) []subject.KnownService {
	t.Helper()
	all, err := subject.All()
	require.NoError(t, err)
	all = slices.DeleteFunc(all, func(s subject.KnownService) bool { return !slices.Contains(names, s.Name) })
	require.Len(t, all, len(names))
	return all
}

// small measures three bugs and a variant in memory.
func small(t *testing.T) Options {
	t.Helper()
	return Options{
		Subjects: some(t, "key-ignored", "check-then-act", "same-body-deduplicated", "stripe"),
		Seeds:    []uint64{1}, Cases: 32, RightCases: 24, Matrix: true, T: t,
	}
}

func TestThreeBugsAreFoundAndAVariantIsNotAccused(t *testing.T) {
	o := small(t)
	o.Subjects = o.Subjects[sweep.Of(1, 0):] // the first one breaks every cell of its matrix
	bugs := len(o.Subjects) - 1
	d, err := Subjects(t.Context(), o)
	require.NoError(t, err)
	require.Len(t, d.Bugs, bugs)
	for _, b := range d.Bugs {
		require.True(t, b.Found(), b.Name)
		require.Len(t, b.Runs, 1)
		for _, r := range b.Runs {
			require.Contains(t, b.Rules, r.First.Rule)
			require.LessOrEqual(t, r.First.Cases, 32)
			require.GreaterOrEqual(t, r.First.Attempts, r.First.Cases)
			require.Positive(t, r.Needs[r.First.Scenario])
			require.Zero(t, r.Seconds)
		}
		require.NotNil(t, b.Smallest, b.Name)
		require.Equal(t, b.Smallest.Replays, b.Smallest.Reproduced)
		require.Contains(t, b.Rules, b.Smallest.Rule)
		require.NotEmpty(t, b.Smallest.Plan)
		_, err := notation.Parse(strings.Join(b.Smallest.History, "\n"))
		require.NoError(t, err)
	}
	found := d.Bug("same-body-deduplicated")
	require.Equal(t, "same-payload-different-key", found.Runs[0].First.Scenario)
	require.Equal(t, "same-payload-different-key", found.Matrix[0].Scenario)
	require.Equal(t, []calibrate.VariantResult{{
		Name: "stripe", Cases: 24, Accused: []calibrate.Accusation{}, Reasons: []string{},
	}}, d.Variants)
	require.Equal(t, bugs, d.Totals.Found)
	require.Equal(t, bugs, d.Totals.Detected)

	once := small(t)
	once.Subjects = some(t, "check-then-act")
	again, err := Subjects(t.Context(), once)
	require.NoError(t, err)
	require.Equal(t, *d.Bug("check-then-act"), again.Bugs[0], "the memory world measures the same twice")
}

// TestMixedEndsWithItsFirstDetection and counts as the matrix does until then.
func TestMixedEndsWithItsFirstDetection(t *testing.T) {
	o := small(t)
	o.Subjects, o.Seeds = some(t, "check-then-act"), []uint64{2}
	full, err := Subjects(t.Context(), o)
	require.NoError(t, err)
	o.Matrix = false
	mixed, err := Subjects(t.Context(), o)
	require.NoError(t, err)
	require.Greater(t, len(full.Bugs[0].Runs[0].Needs), 1)
	require.Empty(t, mixed.Bugs[0].Matrix)
	for i, r := range mixed.Bugs[0].Runs {
		require.Len(t, r.Needs, 1)
		require.Equal(t, full.Bugs[0].Runs[i].First, r.First)
	}
}

// TestAnAccusedVariantIsAFalseAlarm: a bug that claims to be right stands for a judge that is wrong.
func TestAnAccusedVariantIsAFalseAlarm(t *testing.T) {
	o := small(t)
	o.Subjects, o.Matrix = some(t, "key-ignored"), false
	o.Subjects[0].Right = true
	d, err := Subjects(t.Context(), o)
	require.NoError(t, err)
	require.NotEmpty(t, d.Variants[0].Accused)
	require.Equal(t, len(d.Variants[0].Accused), d.Totals.FalseAlarms)
	c := calibrate.Compare(d, d)
	require.Len(t, c.Worse, d.Totals.FalseAlarms)
	require.Contains(t, c.Worse[0], "key-ignored is right and was accused of")
}

// TestWhatBreaksOtherRulesIsNoDetection and is told apart.
func TestWhatBreaksOtherRulesIsNoDetection(t *testing.T) {
	o := small(t)
	o.Subjects, o.Matrix = some(t, "key-ignored"), false
	o.Subjects[0].Rules = []string{"conflict-leak"}
	d, err := Subjects(t.Context(), o)
	require.NoError(t, err)
	require.Zero(t, d.Totals.Detected)
	require.Nil(t, d.Bugs[0].Smallest)
	require.Contains(t, reference.Bugs()[0].Rules, d.Bugs[0].Runs[0].Other.Rule)
	require.Equal(t, 1, d.Bugs[0].Runs[0].Other.Cases)
}

// TestHistoriesOfAccusedVariantsAreKept for idemcheck judge.
func TestHistoriesOfAccusedVariantsAreKept(t *testing.T) {
	o := small(t)
	o.Subjects, o.Matrix, o.RightCases = some(t, "key-ignored"), false, 3
	o.Subjects[0].Right = true
	o.Keep = filepath.Join(t.TempDir(), "new", "folder")
	d, err := Subjects(t.Context(), o)
	require.NoError(t, err)
	kept, err := filepath.Glob(filepath.Join(o.Keep, "*.key-ignored.seed1.case*.history.jsonl"))
	require.NoError(t, err)
	require.Len(t, kept, d.Totals.FalseAlarms)
	spec, err := contract.Compile(o.Subjects[0].Contract)
	require.NoError(t, err)
	require.NoError(t, files.EachHistory(kept[0], func(h files.Header, one *model.History) error {
		require.Equal(t, uint64(1), h.Seed)
		require.Equal(t, verdict.Invalid, judge.Judge(one, &h.Contract, spec).Verdict)
		return nil
	}))

	o.Keep = filepath.Join(kept[0], "a file is in the way")
	_, err = Subjects(t.Context(), o)
	require.ErrorContains(t, err, "making the folder for histories")
}

// TestStarvedCasesAreMeasuredTheSameTwice, and are others than calm ones.
func TestStarvedCasesAreMeasuredTheSameTwice(t *testing.T) {
	o := small(t)
	o.Subjects, o.Matrix, o.Search = some(t, "check-then-act", "key-ignored"), false, plan.Random
	unstarved, err := Subjects(t.Context(), o)
	require.NoError(t, err)
	o.Starved = true
	first, err := Subjects(t.Context(), o)
	require.NoError(t, err)
	again, err := Subjects(t.Context(), o)
	require.NoError(t, err)
	require.Equal(t, first, again)
	require.Equal(t, 2, first.Totals.Found)
	require.NotEqual(t, unstarved.Bugs, first.Bugs)
	require.True(t, first.Starved)
	require.False(t, unstarved.Starved)
}

func TestOnTheWire(t *testing.T) {
	o := small(t)
	o.Wire, o.T, o.Matrix, o.Seeds, o.Cases, o.RightCases = true, nil, false, []uint64{1}, 22, 22
	o.Subjects = append(some(t, "key-ignored", "stripe", "ietf-sqlite"),
		subject.KnownService{Name: "killed", Needs: "crash", Store: "memory"})
	d, err := Subjects(t.Context(), o)
	require.NoError(t, err)
	require.True(t, d.Bug("key-ignored").Found())
	require.Equal(t, "memory only: it needs a crash", d.Bug("killed").Unfit)
	require.Equal(t, 1, d.Totals.Bugs, "what cannot be shown is not missed")
	require.Equal(t, 1, d.Totals.Variants)
	require.Equal(t, 22, d.Totals.VariantCases)
	require.Zero(t, d.Totals.FalseAlarms)
}
