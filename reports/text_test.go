package reports

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/fault"
	"github.com/idemcheck/idemcheck/model/value"
	"github.com/idemcheck/idemcheck/model/verdict"
	"github.com/idemcheck/idemcheck/model/verdict/tally"
	"github.com/idemcheck/idemcheck/reports/internal/lanes"
	"github.com/idemcheck/idemcheck/reports/internal/page"
)

func text(t *testing.T, doc Document, opts TextOptions) string {
	t.Helper()
	return render(t, func(w io.Writer) error { return Text(w, doc, opts) })
}

func TestTextHasNoForeignControlCharacters(t *testing.T) {
	for name, doc := range documents() {
		doc.Target = "http://x/\x1b[2J\u202e"
		doc.Notes = []string{"line\r\nbreak\x1b[1A"}
		for _, r := range text(t, doc, TextOptions{}) {
			require.True(t, r == '\n' || unicode.IsPrint(r), "%s: %q", name, r)
		}
	}
}

func TestTextFitsIntoItsWidth(t *testing.T) {
	for name, doc := range documents() {
		for _, width := range []int{40, 80, 100, 140} {
			out := text(t, doc, TextOptions{Width: width})
			if before, commands, ok := strings.Cut(out, "\nreplay it:"); ok { // commands must not be broken
				_, after, _ := strings.Cut(commands, "── tried")
				out = before + after
			}
			for _, l := range strings.Split(out, "\n") {
				require.LessOrEqual(t, utf8.RuneCountInString(l), max(width, page.MinWidth), "%s: %s", name,
					l)
			}
		}
	}
}

func TestASCIIKeepsTheLayout(t *testing.T) {
	doc := tenantsDocument()
	doc.Notes = []string{"日本"}
	nice := strings.Split(text(t, doc, TextOptions{}), "\n")
	poor := strings.Split(text(t, doc, TextOptions{ASCII: true}), "\n")
	require.Len(t, poor, len(nice))
	for i, l := range poor {
		require.Equal(t, len(l), utf8.RuneCountInString(nice[i]), l)
		l = strings.ReplaceAll(l, "note: ??", "")
		require.NotContains(t, l, "??", "a character without a stand-in")
	}
}

func TestColourOnlyAddsColour(t *testing.T) {
	doc := lostDocument()
	colourful := text(t, doc, TextOptions{Color: true})
	require.Contains(t, colourful, "\x1b[1;31m✗ INVALID  \x1b[0m")
	for _, code := range []page.Style{
		page.Bold, page.Dim, page.Red, page.Green, page.Yellow, page.Cyan, page.Alarm, page.Pass,
		page.Doubt,
	} {
		colourful = strings.ReplaceAll(colourful, "\x1b["+string(code)+"m", "")
	}
	require.Equal(t, text(t, doc, TextOptions{}), strings.ReplaceAll(colourful, "\x1b[0m", ""))
}

func TestSecretsAreNeverShown(t *testing.T) {
	for name, doc := range documents() {
		for _, out := range []string{
			text(t, doc, TextOptions{}),
			render(t, func(w io.Writer) error { return JUnit(w, doc) }),
			render(t, func(w io.Writer) error { return JSON(w, doc.Verdict) }),
		} {
			for _, secret := range []string{"hunter2", "red-secret", "blue-secret"} {
				require.NotContains(t, out, secret, name)
			}
		}
	}
}

func TestManyClientsShareALane(t *testing.T) {
	var tp tape
	for c := range 6 {
		id := string(rune('a' + c))
		tp.Operations = append(tp.Operations, pay(id, c, "", "key-"+id))
		tp.invoke(float64(c), id, 1)
		tp.sent(float64(c), id, 1)
	}
	out := render(t,
		func(w io.Writer) error { return drawLanes(w, tp.History, TextOptions{Width: 80}) })
	require.Contains(t, out, "│ 6 clients")
	require.NotContains(t, out, "client 5")
	require.Contains(t, out, "│ f.1 ───")
}

func TestLongHistoriesLoseTheirMiddle(t *testing.T) {
	var tp tape
	tp.Operations = []model.Operation{pay("a", 0, "", "k")}
	for n := 1; n <= 500; n++ {
		tp.failed(float64(n), "a", n, "timeout")
	}
	out := render(t, func(w io.Writer) error { return drawLanes(w, tp.History, TextOptions{}) })
	require.Contains(t, out, "a.1 timeout")
	require.Contains(t, out, "a.500 timeout")
	absent := 1 // the effect that did not happen is a line, too
	require.Contains(t, out, fmt.Sprintf("… %d lines left out", 500+absent-lanes.MaxRows))
	require.NotContains(t, out, "a.250 ")
}

func TestAnswersByTheirWay(t *testing.T) {
	var tp tape
	tp.Operations = []model.Operation{pay("a", 0, "", "k")}
	e := tp.add(1, model.Sent, "a", 1)
	e.Bytes = 57
	lost := fault.Fault{Kind: fault.RequestLost, Mode: fault.Reset, Operation: "a", Attempt: 2}
	tp.fault(2, lost, false)
	tp.failed(3, "a", 2, "refused")
	tp.answered(4, "a", 3, created("x"))
	tp.failed(5, "a", 1, "reset")
	tp.read(6, "a", 3, created("x"))
	tp.read(7, "a", 4, created("y"))
	tp.add(8, model.ClockMoved, "", 0).Span = 24 * time.Hour
	r := tp.add(9, model.Raced, "a", 1)
	r.Copies = 2
	out := render(t, func(w io.Writer) error { return drawLanes(w, tp.History, TextOptions{}) })
	for _, want := range []string{
		"a.1 arrived cut short, 57 bytes",
		"a.2 did not fire: request-lost (reset)",
		"a.2 refused: nothing was sent",
		`a.3 201 {"id":"x"`,
		"a.3 read 201",
		"a.1 reset: outcome unknown",
		`│ 201 {"id":"y"`,
		"clock moved by 24h0m0s",
		"2 copies did not overlap",
		"effect charge of a ×0, declared once ✗",
	} {
		require.Contains(t, out, want)
	}
}

func TestEffectsOfNobody(t *testing.T) {
	h := lostHistory()
	for i := range h.Events {
		if h.Events[i].Effect != nil {
			h.Events[i].Effect.CorrelationID = "stranger"
			h.Events[i].Effect.Key = ""
		}
	}
	out := render(t, func(w io.Writer) error { return drawLanes(w, h, TextOptions{}) })
	require.Contains(t, out, "effect charge ×2, of no operation that was sent")
	require.Contains(t, out, "effect charge of a ×0, declared once ✗")
}

func TestPlanListsFaultsWithTheirAttempts(t *testing.T) {
	plan := model.Plan{Seed: 7, Cases: []model.Case{{
		Index: 2, Scenario: "race", Operations: []model.PlannedOperation{{
			ID: "a", Type: "pay", Tenant: "red",
			Key: model.KeyPlan{Name: "k", Style: model.KeyLong, Variant: 1},
			Attempts: []model.PlannedAttempt{
				{}, {After: value.Duration(ms(30)), Timeout: value.Duration(ms(9))},
			},
		}},
		Faults: []fault.Fault{{
			Kind: fault.Throttled, Operation: "a", Attempt: 2, Status: 429, RetryAfter: "past",
		}},
	}}}
	golden(t, "plan.txt", render(t, func(w io.Writer) error { return Plan(w, plan, TextOptions{}) }))
	doc := document(judged(verdict.Invalid))
	doc.Case = &plan.Cases[0]
	require.Contains(t, text(t, doc, TextOptions{}), "✂ throttled (429, Retry-After past)",
		"without a history the planned case is shown")
}

// TestUndecidedCasesAreSaid: a pass says how many cases it could not decide, and why.
func TestUndecidedCasesAreSaid(t *testing.T) {
	v := verdict.New()
	v.Judged = tally.Judged{Cases: 9, Effects: 9, Undecided: 2}
	v.Undecided = []string{"slow did not happen (2 cases: 3, 4)"}
	shown := text(t, Document{Verdict: v}, TextOptions{})
	require.Contains(t, shown, "9 cases (2 undecided)")
	require.Contains(t, shown, "? slow did not happen (2 cases: 3, 4)")
}

// TestWhatNeedsNoRetryMayBeTheContracts: what one request alone breaks is said to be so.
func TestWhatNeedsNoRetryMayBeTheContracts(t *testing.T) {
	shown := func(c verdict.Counterexample) string {
		v := verdict.New()
		v.Counterexample, c.Operations, c.Replays, c.Reproduced = &c, 1, 5, 5
		return text(t, Document{Verdict: v, History: &model.History{}}, TextOptions{})
	}
	require.Contains(t, shown(verdict.Counterexample{Attempts: 1, Rule: "lost-effect"}),
		"neither a retry nor a fault is needed: where the service is right")
	require.Contains(t, shown(verdict.Counterexample{Attempts: 2, Rule: "state-divergence"}),
		"`then` of the operation")
	for _, c := range []verdict.Counterexample{
		{Attempts: 2, Rule: "lost-effect"},
		{Attempts: 1, Faults: 1, Rule: "lost-effect"},
		{Attempts: 2, Faults: 1, Rule: "state-divergence"},
	} {
		require.NotContains(t, shown(c), "is needed", c)
	}
}

func TestAnEmptyRunIsNoPass(t *testing.T) {
	out := text(t, Document{Verdict: verdict.Verdict{Verdict: verdict.Valid}}, TextOptions{})
	require.Contains(t, out, "means less than it seems: see the 1 warning\n")
	require.Contains(t, out, "nothing was judged: no operation ran")
	require.Contains(t, text(t, Document{}, TextOptions{}), "? UNKNOWN", "no verdict is no pass")
}

func TestTable(t *testing.T) {
	out := render(t, func(w io.Writer) error {
		return Table(w, []string{"name", "cases", "reason"}, [][]string{
			{"response-lost", "7", "the answer"}, {"übel", "120"}, {"a\tb", "1", "x"},
		})
	})
	require.Equal(t, strings.Join([]string{
		"name           cases  reason", "response-lost      7  the answer", "übel             120",
		`a\tb               1  x`, "",
	}, "\n"), out)
}

type broken struct{}

var errBroken = errors.New("disk full")

func (broken) Write([]byte) (int, error) { return 0, errBroken }

func TestWriteErrorsAreReported(t *testing.T) {
	doc := lostDocument()
	for name, err := range map[string]error{
		"text": Text(broken{}, doc, TextOptions{}), "json": JSON(broken{}, doc.Verdict),
		"junit": JUnit(broken{}, doc), "curl": Curl(broken{}, doc), "table": Table(broken{}, nil, nil),
		"lanes": drawLanes(broken{}, *doc.History, TextOptions{}),
		"plan":  Plan(broken{}, model.Plan{}, TextOptions{}),
	} {
		require.ErrorIs(t, err, errBroken, name)
	}
}

func TestVisible(t *testing.T) {
	require.Equal(t, "a\n    b", Visible("a\n\tb"))
	require.Equal(t, "\\x1b[2J\\x00\\u202e\\u009b\ufffd", Visible("\x1b[2J\x00\u202e\u009b\xff"))
	require.Len(t, []rune(Visible(strings.Repeat("\x1b", 1<<20))), 2000)
	require.Equal(t, 100, strings.Count(Visible(strings.Repeat("a\n", 1<<20)), "\n"))
}
