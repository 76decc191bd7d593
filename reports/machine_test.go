package reports

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/model/verdict"
)

func TestJSONHasNoNulls(t *testing.T) {
	out := render(t, func(w io.Writer) error {
		return JSON(w, verdict.Verdict{Violations: []verdict.Violation{{Rule: "r", Message: "<b>"}}})
	})
	var doc map[string]any
	require.NoError(t, json.Unmarshal([]byte(out), &doc))
	require.Equal(t, []any{}, doc["reasons"])
	require.Equal(t, map[string]any{}, doc["faults"].(map[string]any)["by_kind"])
	require.Equal(t, []any{}, doc["violations"].([]any)[0].(map[string]any)["operations"])
	require.Contains(t, out, "<b>")
	require.Contains(t, out, `"schema": "idemcheck/verdict/v1"`)
	require.Equal(t, byte('\n'), out[len(out)-1])
}

func TestJSONOrderDoesNotDependOnFinding(t *testing.T) {
	v := lostDocument().Verdict
	mixed := v
	mixed.Violations = append(append([]verdict.Violation{}, v.Violations[3:]...), v.Violations[:3]...)
	first := mixed.Violations[0]
	require.Equal(t,
		render(t, func(w io.Writer) error { return JSON(w, v) }),
		render(t, func(w io.Writer) error { return JSON(w, mixed) }))
	require.Equal(t, first, mixed.Violations[0], "the caller's verdict is left alone")
}

func TestJSONReadsBack(t *testing.T) {
	want := lostDocument().Verdict
	var got verdict.Verdict
	out := render(t, func(w io.Writer) error { return JSON(w, want) })
	require.NoError(t, json.Unmarshal([]byte(out), &got))
	require.Equal(t, whole(want), got)
}

func parse(t *testing.T, doc Document) junitSuite {
	t.Helper()
	out := render(t, func(w io.Writer) error { return JUnit(w, doc) })
	var suites junitSuites
	require.NoError(t, xml.NewDecoder(bytes.NewReader([]byte(out))).Decode(&suites))
	require.Len(t, suites.Suites, 1)
	return suites.Suites[0]
}

func TestJUnitCounts(t *testing.T) {
	for name, want := range map[string][3]int{ // test cases, failures, errors
		"valid": {1, 0, 0}, "hollow": {1, 0, 0}, "unknown": {2, 0, 1}, "lost": {2, 1, 0},
		"race": {1, 1, 0}, "tenants": {1, 1, 0},
	} {
		s := parse(t, documents()[name])
		require.Equal(t, want, [3]int{s.Tests, s.Failures, s.Errors}, name)
		require.Len(t, s.Cases, s.Tests, name)
	}
}

func TestJUnitFailureHoldsTheDiagram(t *testing.T) {
	s := parse(t, lostDocument())
	require.Equal(t, "duplicate-effect", s.Cases[0].Failure.Type)
	require.Contains(t, s.Cases[0].Failure.Text, "│ a.2 ◀──")
	require.Nil(t, s.Cases[0].Flaky)
	require.Nil(t, s.Cases[1].Failure)
}

func TestJUnitMarksFlakyFailures(t *testing.T) {
	c := parse(t, raceDocument()).Cases[0]
	require.NotNil(t, c.Failure, "harm that was seen is a failure however rare")
	require.Equal(t, "reproduced 3 of 5", c.Flaky.Message)
}

func TestJUnitNeverHidesAVerdict(t *testing.T) {
	tally := []ScenarioTally{{Name: "s", Cases: 1}}
	unknown := parse(t, Document{Verdict: verdict.Verdict{Verdict: verdict.Unknown}, Scenarios: tally})
	require.Equal(t, 1, unknown.Errors)
	invalid := parse(t, Document{Verdict: verdict.Verdict{Verdict: verdict.Invalid}, Scenarios: tally})
	require.Equal(t, 1, invalid.Failures)
	silent := parse(t, Document{})
	require.Equal(t, 1, silent.Errors)
}

func TestJUnitSurvivesHostileText(t *testing.T) {
	doc := raceDocument()
	doc.Scenarios[0].Violations[0].Message = "]]>\x00\x1b<failure/> & \xff"
	doc.Scenarios[0].Violations = append(doc.Scenarios[0].Violations, verdict.Violation{
		Rule: "n", Level: verdict.LevelNote, Message: "]]>\x01",
	})
	c := parse(t, doc).Cases[0]
	require.Contains(t, c.Failure.Text, "]]>")
	require.Contains(t, c.Output.Text, `note n: ]]>\x01`)
}
