package main

import (
	"encoding/json"
	"encoding/xml"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/fault"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// quick are scenarios whose faults need no luck with time: no races, no disconnects, no long waits.
const quick = "no-fault-repeat,throttled,lost-answers,lost-requests,payload-mismatch,malformed-keys," +
	"hidden-duplicates,colliding-keys"

// brief are the arguments of a short run; what comes later wins.
func brief(args ...string) []string {
	short := []string{"--scenario", quick, "--cases", "16", "--seed", "3"}
	return slices.Concat(args[:1], short, args[1:])
}

// demo are the arguments of a short demo.
func demo(more ...string) []string {
	return brief(append([]string{"demo", "--store", "memory"}, more...)...)
}

// rules lists the rules that a verdict found broken.
func rules(v verdict.Verdict) []string {
	out := []string{}
	for _, found := range v.Violations {
		out = append(out, found.Rule)
	}
	return out
}

func TestDemoIsValid(t *testing.T) {
	t.Parallel()
	got := invoke(t, demo("--format", "json", "--out", t.TempDir())...)
	require.Equal(t, exitValid, got.code, got.out)
	require.Empty(t, got.err, "progress where nobody watches")
	v := got.verdict(t)
	require.Equal(t, 16, v.Judged.Cases)
	require.Positive(t, v.Judged.Effects)
	require.Positive(t, v.Faults.Planned)
	require.Equal(t, v.Faults.Planned, v.Faults.Fired)
}

// TestJSONShape checks the document without our own types, as other tools read it.
func TestJSONShape(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	got := invoke(t, demo("--bug", "key-ignored", "--format", "json", "--out", dir)...)
	require.Equal(t, exitInvalid, got.code, got.err)
	var doc map[string]any
	require.NoError(t, json.Unmarshal([]byte(got.out), &doc))
	require.Equal(t, "idemcheck/verdict/v1", doc["schema"])
	require.Equal(t, "invalid", doc["verdict"])
	require.IsType(t, []any{}, doc["reasons"])
	require.InDelta(t, 3, doc["seed"], 0)
	has := func(name string, fields ...string) {
		part, ok := doc[name].(map[string]any)
		require.True(t, ok, name)
		for _, f := range fields {
			require.Contains(t, part, f, name)
		}
	}
	has("judged", "cases", "operations", "attempts")
	has("faults", "planned", "fired", "by_kind")
	has("races", "planned", "overlapped")
	has("counterexample", "operations", "attempts", "faults", "reproduced", "plan")
	list, ok := doc["violations"].([]any)
	require.True(t, ok)
	require.NotEmpty(t, list)
	for _, one := range list {
		for _, f := range []string{"rule", "level", "message", "operations"} {
			require.Contains(t, one, f)
		}
	}
	require.FileExists(t, filepath.Join(dir, "counterexample", "plan.json"))
}

func TestJUnitIsXML(t *testing.T) {
	t.Parallel()
	for bug, failures := range map[string]bool{"": false, "key-ignored": true} {
		got := invoke(t, demo("--bug", bug, "--format", "junit", "--out", t.TempDir())...)
		var doc struct {
			XMLName xml.Name `xml:"testsuites"`
			Suites  []struct {
				Failures int        `xml:"failures,attr"`
				Cases    []struct{} `xml:"testcase"`
			} `xml:"testsuite"`
		}
		require.NoError(t, xml.Unmarshal([]byte(got.out), &doc), got.out)
		require.Len(t, doc.Suites, 1)
		require.NotEmpty(t, doc.Suites[0].Cases)
		require.Equal(t, failures, doc.Suites[0].Failures > 0, got.out)
		require.Equal(t, failures, got.code == exitInvalid)
	}
}

// drawn is a saved plan without what was measured: the timeout of a contract that leaves it to us, and
// the faults that last as long as it does.
func drawn(t *testing.T, saved string) string {
	t.Helper()
	var plan model.Plan
	require.NoError(t, json.Unmarshal([]byte(saved), &plan))
	if plan.Contract.Target.AutoTimeout {
		plan.Contract.Target.Timeout = 0
		for _, c := range plan.Cases {
			for i := range c.Faults {
				if k := c.Faults[i].Kind; k == fault.LateArrival || k == fault.Partition {
					c.Faults[i].Span = 0
				}
			}
		}
	}
	out, err := json.MarshalIndent(plan, "", "  ")
	require.NoError(t, err)
	return string(out)
}

// TestSeedDecidesThePlan: neither the run, nor the store, nor the port are among the dice. What a guided
// run appends depends on what it saw.
func TestSeedDecidesThePlan(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	plan := func(dir string, args ...string) string {
		args = append(args, "--search", "random", "--out", filepath.Join(root, dir))
		got := invoke(t, args...)
		require.Equal(t, exitValid, got.code, got.out+got.err)
		return drawn(t, text(t, root, dir, "plan.json"))
	}
	first := plan("a", demo()...)
	require.Equal(t, first, plan("b", demo()...))
	onDisk := plan("c", demo("--store", "sqlite")...)
	require.Equal(t, first, strings.Replace(onDisk, `"store": "sqlite"`, `"store": "memory"`, 1))
	require.NotEqual(t, first, plan("d", demo("--seed", "4")...))

	f := file(t, "idemcheck.yaml", minimal)
	run := func(dir string) string {
		return plan(dir, brief("run", "-f", f, "--target", servePayments(t, flaws{}))...)
	}
	require.Equal(t, run("e"), run("f"))
}

// replayShown runs the command that a report shows, as a user would copy it.
func replayShown(t *testing.T, report string) ended {
	t.Helper()
	_, after, found := strings.Cut(report, "idemcheck replay ")
	require.True(t, found, report)
	line, _, _ := strings.Cut(after, "\n")
	return invoke(t, append([]string{"replay"}, strings.Fields(line)...)...)
}

func TestShownReplayFindsTheEndpoint(t *testing.T) {
	t.Chdir(t.TempDir())
	f := file(t, "idemcheck.yaml", minimal)
	got := invoke(t, brief("run", "-f", f, "--target", servePayments(t, flaws{ignoresKeys: true}),
		"--out", t.TempDir())...)
	require.Equal(t, exitInvalid, got.code, got.out+got.err)
	again := replayShown(t, got.out)
	require.Equal(t, exitInvalid, again.code, again.out+again.err)
	require.Contains(t, again.out, "FAILED: 3 of 3 replays broke ")
}
