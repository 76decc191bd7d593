package contract_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/internal/sweep"
	"github.com/idemcheck/idemcheck/model"
)

// loaded loads the contract idemcheck.yaml of some files, by their paths.
func loaded(t *testing.T, files map[string]string) (*model.Contract, error) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		file := filepath.Join(dir, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o750))
		require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	}
	return contract.Load(filepath.Join(dir, "idemcheck.yaml"))
}

// TestPartsMakeTheWholeContract, however it is cut.
func TestPartsMakeTheWholeContract(t *testing.T) {
	whole, err := contract.Parse("idemcheck.yaml", []byte(everyField))
	require.NoError(t, err)
	lines := strings.SplitAfter(everyField, "\n")
	for i := range lines {
		if i == 0 || strings.HasPrefix(lines[i], " ") || lines[i] == "" {
			continue // it is cut only between the parts
		}
		above, below := strings.Join(lines[:i], ""), strings.Join(lines[i:], "")
		for name, files := range map[string]map[string]string{
			"above": {"idemcheck.yaml": "include: a.yaml\n" + below, "a.yaml": above},
			"below": {"idemcheck.yaml": above + "include: [sub/b.yml]\n", "sub/b.yml": below},
			"both": {
				"idemcheck.yaml": "include:\n  - sub/a.yaml\n", "sub/a.yaml": "include: b.yaml\n" + above,
				"sub/b.yaml": below,
			},
		} {
			got, err := loaded(t, files)
			require.NoError(t, err, "%s of line %d", name, i+1)
			require.Equal(t, whole, got, "%s of line %d", name, i+1)
		}
	}
}

func TestTheIncludingFileWins(t *testing.T) {
	shared := strings.Replace(everyField, "timeout: 200ms", "timeout: auto", 1)
	c, err := loaded(t, map[string]string{
		"idemcheck.yaml": `include: [shared.yaml, more.yaml]
target: {timeout: 300ms, headers: {X-Team: billing}}
key: {header: "", pattern: null}
promises: {in_flight: [], mismatch: [400, 422]}
operations:
  charge:
    path: /accounts/{account}/charges?key={key}
    body: &body {amount: "{amount}", more: {b: 2}}
    args: {amount: {max: 5}}
  again:
    <<: {path: "/again?key={key}", ok: [201]}
    body: *body
    args: {account: {resource: account}, amount: {min: 1, max: 2}}
`,
		"shared.yaml": shared,
		"more.yaml": `name: more
target: {url: "http://127.0.0.1:9", max_rate: 7}
operations: {charge: {body: {more: {a: 1, b: 1}}}}
`,
	})
	require.NoError(t, err)
	require.Equal(t, "300ms", c.Target.Timeout.String())
	require.False(t, c.Target.AutoTimeout)
	require.Equal(t, map[string]string{"Accept": "application/json", "X-Team": "billing"}, c.Target.Headers)
	require.Equal(t, []any{"more", "http://127.0.0.1:9", 7}, []any{c.Name, c.Target.URL, c.Target.MaxRate})
	require.Empty(t, c.Key.Header)
	require.NotEmpty(t, c.Key.Pattern, "null says nothing")
	require.Empty(t, c.Promises.InFlight)
	require.Equal(t, []int{400, 422}, c.Promises.Mismatch, "lists are replaced")
	charge := c.Operations["charge"]
	require.Equal(t, model.Arg{Min: 1, Max: 5}, charge.Args["amount"])
	require.Equal(t, map[string]any{
		"amount": "{amount}", "reference": "{mark}", "more": map[string]any{"a": int64(1), "b": int64(2)},
	}, charge.Body)
	require.Equal(t, []int{402}, charge.Refused)
	require.Equal(t, map[string]any{"amount": "{amount}", "more": map[string]any{"b": int64(2)}},
		c.Operations["again"].Body)
}

func TestAnIncludedTimeoutMayBeMeasured(t *testing.T) {
	for _, text := range []string{"auto", "&t auto"} {
		c, err := loaded(t, map[string]string{
			"idemcheck.yaml": "include: shared.yaml\n",
			"shared.yaml":    strings.Replace(everyField, "timeout: 200ms", "timeout: "+text, 1),
		})
		if text != "auto" && err != nil {
			continue // an anchor here is refused in a single file too
		}
		require.NoError(t, err)
		require.True(t, c.Target.AutoTimeout)
		require.Equal(t, contract.MinTimeout, c.Target.Timeout.Std())
	}
}

// TestMistakesAreShownInTheirFile with line and caret.
func TestMistakesAreShownInTheirFile(t *testing.T) {
	for _, tc := range badContracts() {
		_, err := loaded(t, map[string]string{
			"idemcheck.yaml":    "include: parts/shared.yaml\n",
			"parts/shared.yaml": spoil(t, tc.old, tc.replacement),
		})
		e, ok := errors.AsType[*contract.Error](err)
		require.True(t, ok, "%s: %v", tc.name, err)
		if tc.name == "no version" && e.Line == 1 {
			continue // the version is missing in both, and the contract itself comes first
		}
		require.Equal(t, filepath.Join("parts", "shared.yaml"), lastTwo(e.File), "%s: %v", tc.name, err)
		require.Contains(t, e.Message, tc.message, tc.name)
		require.Equal(t, tc.line, e.Line, "%s: %v", tc.name, err)
		require.Equal(t, tc.under, underCaret(t, e.Excerpt, len(tc.under)), "%s: %v", tc.name, err)
	}
}

func lastTwo(file string) string {
	return filepath.Join(filepath.Base(filepath.Dir(file)), filepath.Base(file))
}

// TestManyBadPartsAreRefused as well as whole contracts.
func TestManyBadPartsAreRefused(t *testing.T) {
	for name, src := range manyBad(sweep.Of(everyLine, 1)) {
		_, err := loaded(t, map[string]string{"idemcheck.yaml": "include: part.yaml\n", "part.yaml": src})
		refusedWell(t, name, err)
		e, _ := errors.AsType[*contract.Error](err)
		require.Equal(t, "part.yaml", filepath.Base(e.File), "%s: %v", name, err)
	}
}

func TestAMistakeInTheIncludingFileIsShownThere(t *testing.T) {
	shared := strings.Replace(everyField, "ok: [201]\n    refused", "ok: [201, 202]\n    refused", 1)
	for _, tc := range []struct{ text, under, file string }{
		{"operations: {charge: {ok: [999]}}\n", "999", "idemcheck.yaml"},
		{"operations: {charge: {when: nobody > 1}}\n", "nobody", "idemcheck.yaml"},
		{"operations: {charge: {nobody: 1}}\n", "nobody", "idemcheck.yaml"},
		{"key: {max_length: 4}\n", "8", "shared.yaml"}, // min_length is the shared file's
		{"resources: {account: {state: {balance: {field: balance, initial: x}}}}\n", "", "shared.yaml"},
	} {
		_, err := loaded(t, map[string]string{
			"idemcheck.yaml": "include: shared.yaml\n" + tc.text, "shared.yaml": shared,
		})
		e, ok := errors.AsType[*contract.Error](err)
		require.True(t, ok, "%s: %v", tc.text, err)
		require.Equal(t, tc.file, filepath.Base(e.File), "%s: %v", tc.text, err)
		require.Equal(t, tc.under, underCaret(t, e.Excerpt, len(tc.under)), "%s: %v", tc.text, err)
	}
}

// TestWhatCannotBeIncluded is said at the line that includes it.
func TestWhatCannotBeIncluded(t *testing.T) {
	chain := map[string]string{}
	for i := range 12 {
		chain[fmt.Sprintf("c%d.yaml", i)] = fmt.Sprintf("include: c%d.yaml\n", i+1)
	}
	for i := range 4 { // four times itself, so that there are more than a hundred
		chain[fmt.Sprintf("d%d.yaml", i)] = "include: [" + strings.Repeat(fmt.Sprintf("d%d.yaml, ", i+1), 4) + "]\n"
	}
	chain["d4.yaml"] = "name: x\n"
	for line, want := range map[string]string{
		"include: ../shared.yaml":          "leads up",
		"include: sub/../../shared.yaml":   "leads up",
		"include: /etc/passwd":             "is no path of a file in the folder",
		"include: /etc/x.yaml":             "is no path of a file in the folder",
		"include: ~/x.yaml":                "is no path of a file in the folder",
		`include: 'c:\x.yaml'`:             "is no path of a file in the folder",
		"include: ${HOME}/x.yaml":          "is no path of a file in the folder",
		`include: ""`:                      "is no path of a file in the folder",
		"include: notes.txt":               "is no .yaml or .yml file",
		"include: sub":                     "is no .yaml or .yml file",
		"include: folder.yaml":             "folder.yaml is no file",
		"include: none.yaml":               "there is no file none.yaml",
		"include: [name.yaml, none.yaml]":  "there is no file none.yaml",
		"include: link.yaml":               "link.yaml cannot be included",
		"include: idemcheck.yaml":          "idemcheck.yaml includes itself",
		"include: sub/circle.yaml":         "sub/circle.yaml includes itself: idemcheck.yaml, sub/circle.yaml",
		"include: c0.yaml":                 "more than 8 deep",
		"include: d0.yaml":                 "more than 32 files",
		"include: [big0.yaml, big1.yaml]":  "larger than 256 KiB",
		"include: 7":                       "must be the path of a file",
		"include: {a: b}":                  "must be the path of a file",
		"include: [[a.yaml]]":              "must be the path of a file",
		"include: [bomb0.yml, bomb1.yaml]": "stand for more than",
	} {
		t.Run(line, func(t *testing.T) {
			dir := t.TempDir()
			outside := filepath.Join(t.TempDir(), "outside.yaml")
			require.NoError(t, os.WriteFile(outside, []byte("name: s3cret\n"), 0o600))
			require.NoError(t, os.Symlink(outside, filepath.Join(dir, "link.yaml")))
			require.NoError(t, os.Mkdir(filepath.Join(dir, "folder.yaml"), 0o750))
			require.NoError(t, os.Mkdir(filepath.Join(dir, "sub"), 0o750))
			write := func(name, text string) {
				require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
			}
			for name, text := range chain {
				write(name, text)
			}
			for i := range 2 {
				write(fmt.Sprintf("big%d.yaml", i), "name: x\n"+strings.Repeat("# filled\n", 20_000))
			}
			write("bomb0.yml", "operations: {a: {body: "+doubling(14)+"}}\n")
			write("bomb1.yaml", "operations: {b: {body: "+doubling(14)+"}}\n")
			write("name.yaml", "name: x\n")
			write("notes.txt", "s3cret")
			write("sub/circle.yaml", "include: circle.yaml\n")
			write("idemcheck.yaml", everyField+line+"\n")
			_, err := contract.Load(filepath.Join(dir, "idemcheck.yaml"))
			require.ErrorContains(t, err, want)
			refusedWell(t, line, err)
			require.NotContains(t, err.Error(), "s3cret")
		})
	}
}

// doubling is a list that doubles n times.
func doubling(n int) string {
	var b strings.Builder
	b.WriteString("[&a0 [x, x]")
	for i := 1; i < n; i++ {
		fmt.Fprintf(&b, ", &a%d [*a%d, *a%d]", i, i-1, i-1)
	}
	return b.String() + "]"
}

// TestOtherFilesAreNotShown: a contract must not be a way to see a file that is none.
func TestOtherFilesAreNotShown(t *testing.T) {
	for name, text := range map[string]string{
		"text": "s3cret\n", "passwords": "root:s3cret:0:0::/root:/bin/sh\nname:s3cret:1\n",
		"a key":          "-----BEGIN PRIVATE KEY-----\ns3cret\n-----END PRIVATE KEY-----\n",
		"a secret":       "apiVersion: v1\nkind: Secret\nmetadata: {name: s3cret}\ndata: {a: s3cret}\n",
		"a compose file": "version: 3\nservices: {db: {image: s3cret}}\nsecrets: {s3cret: x}\n",
		"a chart":        "apiVersion: v2\nname: s3cret\nversion: 1\ntype: x\n",
		"a list":         "- s3cret\n", "JSON": `{"version": "s3cret"}`, "bytes": "\xffs3cret",
		"nothing": "", "a broken file": "a: [s3cret\nb: {s3cret",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := loaded(t, map[string]string{
				"idemcheck.yaml": everyField + "include: other.yaml\n", "other.yaml": text,
			})
			require.ErrorContains(t, err, "other.yaml:1:1: the included file is no part of a contract")
			require.NotContains(t, err.Error(), "s3cret")
		})
	}
}

func TestSecretsOfAnIncludedFileAreHidden(t *testing.T) {
	_, err := loaded(t, map[string]string{
		"idemcheck.yaml": "include: shared.yaml\n" + strings.Replace(everyField, "    X-Team: payments",
			"    X-Corp: s3cret\n    X-Corp2: s3cret\nnobody: 1", 1),
		"shared.yaml": "target:\n  secrets: [X-Corp, X-Corp2]\n",
	})
	require.ErrorContains(t, err, "nobody")
	require.NotContains(t, err.Error(), "s3cret")
}

func TestOnlyFilesInclude(t *testing.T) {
	_, err := contract.Parse("idemcheck.yaml", []byte(everyField+"include: shared.yaml\n"))
	require.ErrorContains(t, err, "not read from a file")
	refusedWell(t, "parsed", err)
	_, err = contract.Parse("idemcheck.yaml", []byte(everyField+"inclde: shared.yaml\n"))
	require.ErrorContains(t, err, `did you mean "include"?`)
}
