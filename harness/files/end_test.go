package files_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/files"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// ending reads a file and returns the cases that were handed on and how it ends.
func ending(t testing.TB, path string) ([]int, files.Ending) {
	t.Helper()
	var got []int
	e, err := files.MapHistories(path,
		func(_ files.Header, h *model.History) int { return h.Case },
		func(n int) error { got = append(got, n); return nil })
	require.NoError(t, err)
	return got, e
}

// ended is a file of cases 0 and 1, of three that were planned, with its end line.
func ended(t testing.TB, e files.End) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "history.jsonl")
	w, err := files.CreateHistory(path, files.Header{Seed: 7, Contract: plan().Contract, Planned: 3})
	require.NoError(t, err)
	require.NoError(t, w.Add(history(0)))
	require.NoError(t, w.Add(history(1)))
	require.NoError(t, w.End(e))
	require.NoError(t, w.Close())
	return path
}

// withoutEnd is the same file as an interruption leaves it.
func withoutEnd(t testing.TB) string {
	t.Helper()
	lines, _, _ := strings.Cut(read(t, ended(t, files.End{})), `{"end":`)
	return lines
}

func TestTheEndLineSaysHowTheRunEnded(t *testing.T) {
	for _, tt := range []struct {
		end    files.End
		doubts []string
	}{
		{files.End{Planned: 3, Run: 2, Verdict: verdict.Valid}, nil},
		{files.End{Planned: 3, Run: 2, Verdict: verdict.Invalid}, nil},
		{
			files.End{Planned: 3, Run: 2, Verdict: verdict.Unknown, Reasons: []string{"because"}},
			[]string{"the run itself was unknown: because", "2 of 3 cases were run"},
		},
		{
			files.End{Planned: 3, Run: 2},
			[]string{"the run itself came to no verdict after 2 of 3 cases"},
		},
	} {
		got, e := ending(t, ended(t, tt.end))
		require.Equal(t, []int{0, 1}, got)
		require.Equal(t, tt.doubts, e.Doubts(2))
		tt.end.Histories = 2
		require.Equal(t, &tt.end, e.End)
		require.Equal(t, 3, e.Planned)
	}
}

func TestWithoutAnEndLineARunWasInterrupted(t *testing.T) {
	_, e := ending(t, written(t, withoutEnd(t)))
	require.Equal(t, []string{"the run was interrupted after 2 of 3 cases: the history has no end line"},
		e.Doubts(2))
}

// TestOlderFiles: they neither say how many cases were planned nor end. One history is a saved case,
// two may be the beginning of a run.
func TestOlderFiles(t *testing.T) {
	older := func(n int) string {
		all := regexp.MustCompile(`,"(planned|events)":\d+`).ReplaceAllString(withoutEnd(t), "")
		require.NotContains(t, all, "planned")
		return written(t, strings.Join(strings.SplitAfter(all, "\n")[:1+4*n], ""))
	}
	_, one := ending(t, older(1))
	require.Empty(t, one.Doubts(1))
	_, two := ending(t, older(2))
	require.Contains(t, strings.Join(two.Doubts(2), "\n"), "does not say how many were planned")
}

// TestCutAnywhere: whatever the byte at which a file ends, every history that is handed on is whole,
// and what is missing is said.
func TestCutAnywhere(t *testing.T) {
	whole := read(t, ended(t, files.End{Planned: 3, Run: 2, Verdict: verdict.Valid}))
	short := strings.ReplaceAll(whole, strings.Repeat(`é\n\"`, 2990), "")
	require.Less(t, len(short), 3000)
	header := strings.IndexByte(short, '\n')
	path := filepath.Join(t.TempDir(), "history.jsonl")
	for size := header; size < len(short)-1; size++ {
		require.NoError(t, os.WriteFile(path, []byte(short[:size]), 0o600))
		n := 0
		e, err := files.MapHistories(path,
			func(_ files.Header, h *model.History) *model.History { return h },
			func(h *model.History) error {
				require.Len(t, h.Events, 3, "cut at %d", size)
				n++
				return nil
			})
		require.NoError(t, err, "cut at %d", size)
		require.NotEmpty(t, e.Doubts(n), "cut at %d", size)
		require.Equal(t, short[size-1] != '\n' && size > header && !wholeLine(short, size),
			strings.Contains(strings.Join(e.Left, " "), "the last line was cut off"), "cut at %d", size)
	}
}

// wholeLine reports whether a text is cut right before the end of a line: then the line can be read.
func wholeLine(text string, size int) bool { return text[size] == '\n' }

// TestAnotherSpellingCut: a file that somebody indented is treated the same.
func TestAnotherSpellingCut(t *testing.T) {
	odd := strings.ReplaceAll(withoutEnd(t), `{"event":`, `{ "event":`)
	odd = strings.ReplaceAll(odd, `{"case":`, `{ "case":`)
	got, e := ending(t, written(t, odd[:len(odd)-10]))
	require.Equal(t, []int{0}, got)
	require.Contains(t, e.Left[0], "the last line was cut off")
	require.Contains(t, e.Left[1], "case 1 is left out: it says that 3 events follow, and 2 do")
}

// TestMissingEvents: a history in the middle that lost a line is left out, and not judged as one in
// which something did not happen.
func TestMissingEvents(t *testing.T) {
	lines := strings.SplitAfter(read(t, ended(t, files.End{Verdict: verdict.Valid})), "\n")
	got, e := ending(t, written(t, strings.Join(append(lines[:2:2], lines[3:]...), "")))
	require.Equal(t, []int{1}, got)
	require.Equal(t, []string{
		"case 0 is left out: it says that 3 events follow, and 2 do",
		"the file holds 1 histories and its end line counts 2",
	}, e.Doubts(1))
}

func TestDamageIsNamedByItsLine(t *testing.T) {
	lines := strings.SplitAfter(read(t, ended(t, files.End{Verdict: verdict.Valid})), "\n")
	for wrong, change := range map[string]func(all []string){
		"line 4: a line is neither a case nor an event": func(all []string) {
			all[3] = `{"other":1}` + "\n"
		},
		"line 5: it breaks off in the middle": func(all []string) { all[4] = `{"event":{"at` + "\n" },
		"line 7: it is not a history: ":       func(all []string) { all[6] = "hello\n" },
		"line 11: something follows the end line": func(all []string) {
			all[9] += strings.Join(all[1:5], "")
		},
	} {
		all := append([]string(nil), lines...)
		change(all)
		_, err := loaded(written(t, strings.Join(all, "")))
		requireAdvice(t, err, wrong, "run again, or judge what came before: `head -n ")
	}
	lines[1] = "\n"
	_, err := loaded(written(t, strings.Join(lines, "")))
	requireAdvice(t, err, "an event comes before its case", "run again")
}

// TestEventsThatCannotBeJudged: the judge would pass over them, or fall over them.
func TestEventsThatCannotBeJudged(t *testing.T) {
	for event, wrong := range map[string]string{
		`{"kind":"effect"}`:                        "it has no effect",
		`{"kind":"fault","op":"a"}`:                "it has no fault",
		`{"kind":"efect","effect":{}}`:             `its kind "efect" is unknown`,
		`{}`:                                       `its kind "" is unknown`,
		`{"kind":"invoke","attempt":1}`:            "invoke belongs to no attempt",
		`{"kind":"return","op":"a"}`:               "return belongs to no attempt",
		`{"kind":"sent","op":"a","attempt":-1}`:    "sent belongs to no attempt",
		`{"kind":"lookup"}`:                        "lookup belongs to no operation",
		`{"kind":"answered","op":"z","attempt":1}`: `is of operation "z", which the case does not have`,
	} {
		for _, spelling := range []string{`{"event":%s}`, `{ "event": %s }`} {
			const heal = `{"event":{"at":2000000,"kind":"heal"}}`
			whole, bad := withoutEnd(t), fmt.Sprintf(spelling, event)
			first, last := strings.Replace(whole, heal, bad, 1), strings.TrimSuffix(whole, heal+"\n")+bad
			for _, content := range []string{first, last, strings.Replace(last, `{"case"`, `{ "case"`, 2)} {
				_, err := loaded(written(t, content))
				requireAdvice(t, err, "event 3", "run again")
				require.ErrorContains(t, err, wrong)
			}
		}
	}
	twice := strings.Replace(withoutEnd(t), `"operations":[`, `"operations":[{"id":"a"},`, 1)
	_, err := loaded(written(t, twice))
	requireAdvice(t, err, `two operations are called "a"`, "run again")
}

// TestAFailedWriteLeavesWholeHistories: after an error such as a full disk gives, the file holds what
// it held before, and its end can still be written.
func TestAFailedWriteLeavesWholeHistories(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history.jsonl")
	w, err := files.CreateHistory(path, files.Header{Seed: 7, Contract: plan().Contract, Planned: 2})
	require.NoError(t, err)
	require.NoError(t, w.Add(history(0)))
	bad := history(1)
	bad.Events = append(bad.Events, model.Event{Kind: model.Observed, Value: func() {}})
	require.ErrorContains(t, w.Add(bad), "writing a history")
	require.NoError(t, w.End(files.End{Planned: 2, Run: 1, Verdict: verdict.Unknown}))
	require.NoError(t, w.Close())
	got, e := ending(t, path)
	require.Equal(t, []int{0}, got)
	require.Empty(t, e.Left)
	require.Equal(t, 1, e.End.Histories)
}

func TestTheCallersErrorComesBackAsItIs(t *testing.T) {
	stop := errors.New("enough")
	for _, content := range []string{
		withoutEnd(t), strings.ReplaceAll(withoutEnd(t), `{"case":`, `{ "case":`),
	} {
		err := files.EachHistory(written(t, content), func(files.Header, *model.History) error { return stop })
		require.Equal(t, stop, err)
	}
}
