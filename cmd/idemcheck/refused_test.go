package main

import (
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/model"
)

// refused is something the command cannot work with: its exit code, and what the message must say.
type refused struct {
	name string
	args []string
	code int
	says []string
}

// check runs the command in every format that machines read.
func (r refused) check(t *testing.T) {
	got := invoke(t, r.args...)
	require.Equal(t, r.code, got.code, got.err)
	for _, words := range r.says {
		require.Contains(t, got.err, words)
	}
}

func TestBadArguments(t *testing.T) {
	for _, tc := range []refused{
		{"flag", []string{"demo", "--sead", "7"}, 3, []string{"--sead", "idemcheck demo --help"}},
		{"number", []string{"run", "--cases", "many"}, 3, []string{`"many"`, "--cases", "--help"}},
		{"negative", []string{"demo", "--cases", "-1"}, 3, []string{"cannot be negative"}},
		{"command", []string{"lst"}, 3, []string{`"lst"`, "did you mean list?", "--help"}},
		{"far command", []string{"frobnicate"}, 3, []string{`"frobnicate"`, "--help"}},
		{"no argument", []string{"judge"}, 3, []string{
			"judge needs an argument: HISTORY", "idemcheck judge --help",
		}},
		{"two arguments", []string{"show", "a", "b"}, 3, []string{
			"show takes one argument, FOLDER|VERDICT, and got 2", "--help",
		}},
		{"stray argument", []string{"demo", "now"}, 3, []string{
			`demo takes no argument, and got "now"`, "--help",
		}},
		{"scenario", []string{"demo", "--scenario", "lost-answer"}, 3, []string{
			`no scenario "lost-answer"`, "lost-answers",
		}},
		{"bug", []string{"demo", "--bug", "check-then-akt"}, 3, []string{
			`did you mean "check-then-act"?`, "idemcheck list bugs",
		}},
		{"served bug", []string{"serve", "--store", "memory", "--bug", "key-ignord"}, 3, []string{
			`did you mean "key-ignored"?`, "idemcheck list bugs",
		}},
		{"store", []string{"demo", "--store", "oracle"}, 3, []string{
			`"oracle"`, "sqlite, memory, postgres",
		}},
		{"format", []string{"demo", "--format", "yaml"}, 3, []string{`"yaml"`, "text, json, junit"}},
		{"list format", []string{"list", "bugs", "--format", "junit"}, 3, []string{"text, json"}},
		{"catalogue", []string{"list", "bug"}, 3, []string{`"bug"`, "idemcheck list --help"}},
		{"rule", []string{"explain", "duplicate-effects"}, 3, []string{
			`"duplicate-effects"`, "idemcheck list rules",
		}},
		{"replays", []string{"replay", "plan.json", "--times", "0"}, 3, []string{"--times"}},
	} {
		t.Run(tc.name, tc.check)
	}
}

func TestBadContract(t *testing.T) {
	field := file(t, "idemcheck.yaml", spoilt(t, "    refused:", "    refuse:"))
	wrong := file(t, "idemcheck.yaml", spoilt(t, "ok: [201]\n    refused", "ok: created\n    refused"))
	sound := file(t, "idemcheck.yaml", minimal)
	unset := file(t, "idemcheck.yaml", spoilt(t, "http://127.0.0.1:9", "${NOBODY_SET_THIS}"))
	for _, tc := range []refused{
		{"unknown field", []string{"run", "-f", field}, 3, []string{
			field + ":25:5: ", `unknown field "refuse" in operations.payment`, ">   25 |     refuse: [402]",
			"\n       |     ^", `did you mean "refused"?`,
		}},
		{"wrong type", []string{"run", "-f", wrong}, 3, []string{
			wrong + ":24:9: ", "operations.payment.ok must be a list",
			">   24 |     ok: created", "\n       |         ^", "what to do: ",
		}},
		{"missing", []string{"run", "--contract", filepath.Join(t.TempDir(), "none.yaml")}, 3, []string{
			"none.yaml", "no such contract file", "what to do: ", "--contract FILE",
		}},
		{"no host", []string{"run", "-f", sound, "--target", "http://:80"}, 3, []string{
			"names no host", "what to do: ",
		}},
		{"password", []string{"run", "-f", sound, "--target", "http://me:hunter2@127.0.0.1:9"}, 3, []string{
			"a user or a password", "Authorization: Basic",
		}},
		{"port", []string{"run", "-f", sound, "--target", "http://127.0.0.1:99999"}, 3, []string{"1 to 65535"}},
		{"environment", []string{"run", "-f", unset}, 3, []string{"NOBODY_SET_THIS", "what to do: "}},
	} {
		t.Run(tc.name, tc.check)
	}
}

func TestBadFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	made := invoke(t, "demo", "--store", "memory", "--seed", "1", "--cases", "4", "--scenario", "throttled",
		"--out", dir)
	require.Equal(t, exitValid, made.code, made.err)
	plan, history := text(t, dir, "plan.json"), text(t, dir, "history.jsonl")
	newer := func(schema string) string { return strings.Replace(schema, "/v1", "/v9", 1) }
	cases := fmt.Sprintf(`{"schema": %q, "cases": []}`, model.PlanSchema)
	for _, tc := range []refused{
		{"cut plan", []string{"replay", file(t, "p", plan[:len(plan)/2])}, 3, []string{"cut off", "next: "}},
		{"empty file", []string{"replay", file(t, "p", "")}, 3, []string{"empty", "next: "}},
		{"plan without cases", []string{"replay", file(t, "p", cases)}, 3, []string{"no case", "next: "}},
		{"newer plan", []string{"replay", file(t, "p", newer(plan))}, 3, []string{
			"idemcheck/plan/v9", model.PlanSchema, "next: ",
		}},
		{"newer history", []string{"judge", file(t, "h", newer(history))}, 3, []string{
			"idemcheck/history/v9", model.HistorySchema, "next: ",
		}},
		{"damaged history", []string{"judge", file(t, "h", history+"{\n")}, 3, []string{
			"it breaks off in the middle", "next: ",
		}},
		{"plan for a history", []string{"judge", filepath.Join(dir, "plan.json")}, 3, []string{
			model.HistorySchema, "next: ",
		}},
		{"plan for a verdict", []string{"show", filepath.Join(dir, "plan.json")}, 3, []string{
			model.VerdictSchema, "next: ",
		}},
		{"no verdict", []string{"show", filepath.Join(dir, "none.json")}, 3, []string{
			"no such file", "next: ",
		}},
		{"no plan", []string{"replay", filepath.Join(dir, "none.json")}, 3, []string{"no such file", "next: "}},
	} {
		t.Run(tc.name, tc.check)
		tc.args = append(tc.args, "--format", "json")
		t.Run(tc.name+" as JSON", tc.check)
	}
}

// closedPort returns an address of loopback that nothing listens on.
func closedPort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, l.Close())
	return l.Addr().String()
}

func TestUnreachable(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = taken.Close() })
	gone, f := closedPort(t), file(t, "idemcheck.yaml", minimal)
	dsn := "postgres://somebody:hunter2@" + gone + "/payments"
	nowhere := filepath.Join(t.TempDir(), "none", "payments.db")
	out := filepath.Join(t.TempDir(), "out")
	occupied := file(t, "occupied", "no folder")
	for _, tc := range []refused{
		{"target", []string{"run", "-f", f, "--target", "http://" + gone, "--out", out}, 4, []string{
			"cannot be reached", "next: ", gone,
		}},
		{"occupied", []string{"demo", "--store", "memory", "--out", occupied}, 4, []string{
			occupied, "next: ", "--out none",
		}},
		{"name", []string{"run", "-f", f, "--target", "http://no..body"}, 4, []string{
			"no..body", "next: ",
		}},
		{"postgres", []string{"demo", "--store", "postgres", "--dsn", dsn}, 4, []string{gone, "--dsn"}},
		{"connection string", []string{"demo", "--store", "postgres", "--dsn", dsn + "?sslmode=x"}, 4, []string{
			"sslmode", "--dsn",
		}},
		{"sqlite", []string{"demo", "--dsn", nowhere}, 4, []string{nowhere, "--dsn"}},
		{"toxiproxy", []string{"demo", "--store", "memory", "--toxiproxy", "http://" + gone}, 4, []string{
			gone, "--toxiproxy",
		}},
		{"port in use", []string{"serve", "--store", "memory", "--listen", taken.Addr().String()}, 4, []string{
			"in use", "--listen",
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			tc.check(t)
			require.NotContains(t, invoke(t, tc.args...).err, "hunter2")
		})
	}
}

// The addresses are those that no network routes to (RFC 5737, RFC 3849): nothing may be sent there, and
// nothing is.
func TestPublicTargetIsRefused(t *testing.T) {
	f := file(t, "idemcheck.yaml", minimal)
	for _, host := range []string{"203.0.113.1", "198.51.100.7", "[2001:db8::1]"} {
		bare := strings.Trim(host, "[]")
		refused{host, []string{"run", "-f", f, "--target", "http://" + host + ":8080"}, 3, []string{
			"neither loopback nor private", "--allow-host " + bare,
		}}.check(t)
	}
}
