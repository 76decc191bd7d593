package judge_test

import (
	"fmt"
	"maps"
	"os"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/internal/sweep"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/judge"
	"github.com/idemcheck/idemcheck/model/notation"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// drawnCase is a history with the contract that it is judged by.
type drawnCase struct {
	seed, number uint64
	right        bool
	contract     *model.Contract
	spec         model.Spec
	history      *model.History
}

// drawCase draws a case: every second one is what a right service leaves; of the others most are
// damaged, and some made of nothing.
func drawCase(seed, number uint64) drawnCase {
	w := drawWorld(seed, number)
	d := drawnCase{
		seed: seed, number: number, right: number%2 == 0, contract: w.contract, spec: till{w.balance},
	}
	if !d.right && w.chance(50) {
		w.misbehave()
	}
	if d.right || number%8 != 1 {
		d.history = serve(w)
	} else {
		d.history = w.scramble()
	}
	if !d.right {
		w.damage(d.history)
	}
	return d
}

// finding is what the two judges say.
type finding struct {
	verdict verdict.Verdict
	brute   string
}

func (d drawnCase) judge(h *model.History) finding {
	return finding{judge.Judge(h, d.contract, d.spec), bruteGuilt(h, d.contract, d.spec)}
}

// difference names how the judges differ, or is "": one finds an innocent reading where the other
// does not, or a right service is accused. That the judge says unknown is no difference.
func (d drawnCase) difference(f finding) string {
	invalid := f.verdict.Verdict == verdict.Invalid
	switch {
	case invalid && f.brute == "":
		return "the judge finds " + f.verdict.Violations[0].Rule + ", and a reading is innocent"
	case f.verdict.Verdict == verdict.Valid && f.brute != "":
		rule, _, _ := strings.Cut(f.brute, ":")
		return "no reading is innocent (" + rule + "), and the judge finds nothing"
	case d.right && f.brute != "":
		return "the brute-force judge accuses a right service"
	}
	return ""
}

// report shows a difference with its smallest history.
func (d drawnCase) report(difference string) string {
	doubts := len(d.judge(d.history).verdict.Reasons)
	if d.right && d.judge(d.history).brute != "" {
		return fmt.Sprintf("seed %d, case %d: %s\n%s\n%s", d.seed, d.number, d.judge(d.history).brute,
			jsonOf(d.contract), notation.Format(d.history))
	}
	h := smallest(d.history, func(h *model.History) bool {
		f := d.judge(h)
		return d.difference(f) == difference && len(f.verdict.Reasons) <= doubts
	})
	f := d.judge(h)
	return fmt.Sprintf("seed %d, case %d: %s\njudge: %s %v\nbrute force: %q\n%s\n%s",
		d.seed, d.number, difference, f.verdict.Verdict, f.verdict.Violations, f.brute,
		jsonOf(d.contract), notation.Format(h))
}

// tally counts what the judges said.
type tally struct {
	lock    sync.Mutex
	said    map[string]int
	differ  map[string]int
	reports map[string]string
}

func (t *tally) add(d drawnCase) {
	f := d.judge(d.history)
	difference := d.difference(f)
	half := map[bool]string{true: "right", false: "damaged"}[d.right]
	said := fmt.Sprintf("%s: %s", half, f.verdict.Verdict)
	if f.brute != "" && f.verdict.Verdict == verdict.Unknown {
		said += ", brute force: invalid (" + doubt(f.verdict) + ")"
	}
	t.lock.Lock()
	t.said[said]++
	first := difference != "" && t.reports[difference] == ""
	if difference != "" {
		t.differ[difference]++
	}
	if first {
		t.reports[difference] = "not shrunk yet"
	}
	t.lock.Unlock()
	if first {
		report := d.report(difference)
		t.lock.Lock()
		t.reports[difference] = report
		t.lock.Unlock()
	}
}

// doubt is the first reason of an unknown verdict, without what differs from case to case.
func doubt(v verdict.Verdict) string {
	_, reason, _ := strings.Cut(v.Reasons[0], "): ")
	return numbers.ReplaceAllString(reason, "x")
}

// numbers are names of operations and attempts, statuses and balances.
var numbers = regexp.MustCompile(`\b([abc](\.\d+)?|\d+|t/[ABC])\b`)

// setting is a number in the environment, or another one without it.
func setting(name string, otherwise uint64) uint64 {
	if n, err := strconv.ParseUint(os.Getenv(name), 10, 64); err == nil {
		return n
	}
	return otherwise
}

// TestTheJudgeAgreesWithBruteForce judges histories of a fixed seed and of a fresh one with both.
// IDEMCHECK_ORACLE says how many; IDEMCHECK_ORACLE_SEED is the fresh seed of a run that failed.
func TestTheJudgeAgreesWithBruteForce(t *testing.T) {
	n := setting("IDEMCHECK_ORACLE", uint64(sweep.Of(5000, 20_000)))
	fresh := setting("IDEMCHECK_ORACLE_SEED", uint64(time.Now().UnixNano()))
	all := &tally{said: map[string]int{}, differ: map[string]int{}, reports: map[string]string{}}
	var workers sync.WaitGroup
	each := uint64(runtime.GOMAXPROCS(0))
	for i := range each {
		workers.Go(func() {
			for number := i; number < n; number += each {
				seed := uint64(1)
				if number%4 > 1 {
					seed = fresh
				}
				all.add(drawCase(seed, number))
			}
		})
	}
	workers.Wait()
	for _, said := range slices.Sorted(maps.Keys(all.said)) {
		t.Logf("%d %s", all.said[said], said)
	}
	for difference, report := range all.reports {
		t.Errorf("%d times: %s", all.differ[difference], report)
	}
	require.NotZero(t, all.said["damaged: invalid"])
	require.NotZero(t, all.said["right: valid"])
}
