package house

import (
	"encoding/json"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestTheImportLawAllowsNothingInVain: what nobody imports any more may be forbidden.
func TestTheImportLawAllowsNothingInVain(t *testing.T) {
	used := map[[2]string]bool{}
	for _, f := range readTree(t) {
		for _, s := range f.program() {
			for _, imported := range s.imports() {
				if ours, ok := strings.CutPrefix(imported, module+"/"); ok {
					used[[2]string{rowOf(f.path), rowOf(ours)}] = true
				}
			}
		}
	}
	for row, allowed := range mayImport {
		for _, to := range allowed {
			if !used[[2]string{row, to}] {
				t.Errorf("nothing in %s imports %s any more: remove it from its row", row, to)
			}
		}
	}
}

func TestEveryOutsiderIsStillImported(t *testing.T) {
	var all []string
	for _, f := range readTree(t) {
		for _, s := range f.program() {
			all = append(all, s.imports()...)
		}
	}
	for _, o := range outsiders {
		used := slices.ContainsFunc(all, func(p string) bool { return within(p, o.prefix) })
		if !used {
			t.Errorf("nothing imports %s (%s) any more: remove its row", o.prefix, o.why)
		}
	}
}

// TestWhatWeImportIsDirect: who reads the direct requirements of go.mod sees all that we chose. The
// longest path that fits is the module; an indirect one of a nested module is not.
func TestWhatWeImportIsDirect(t *testing.T) {
	edit := exec.CommandContext(t.Context(), "go", "mod", "edit", "-json")
	edit.Dir = root
	out, err := edit.Output()
	require.NoError(t, err)
	var mod struct{ Require []requirement }
	require.NoError(t, json.Unmarshal(out, &mod))
	for _, f := range readTree(t) {
		for _, s := range f.sources {
			for _, imported := range s.imports() {
				first, _, _ := strings.Cut(imported, "/")
				if !strings.Contains(first, ".") || within(imported, module) {
					continue
				}
				if m := moduleOf(imported, mod.Require); m.Path == "" || m.Indirect {
					t.Errorf("%s: imports %s, and go.mod does not require it directly: run `go mod tidy`",
						s.path, imported)
				}
			}
		}
	}
}

// requirement is a line of go.mod.
type requirement struct {
	Path     string
	Indirect bool
}

// moduleOf returns the required module that an import path belongs to; the zero value when none is.
func moduleOf(imported string, required []requirement) requirement {
	var out requirement
	for _, r := range required {
		if within(imported, r.Path) && len(r.Path) > len(out.Path) {
			out = r
		}
	}
	return out
}
