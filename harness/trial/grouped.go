package trial

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/idemcheck/idemcheck/internal/lists"
)

// maxNamed is how many cases are named that are undecided for one reason.
const maxNamed = 5

// Grouped lists why cases are undecided: those with one reason in one line with the first of them,
// and a single one as it is.
func Grouped(open []*Trial) []string {
	cases := map[string][]int{}
	whole := map[string]string{}
	for _, o := range open {
		for _, reason := range o.Verdict.Reasons {
			short := gist(strings.TrimPrefix(reason, NameOf(&o.Case)))
			if whole[short] == "" {
				whole[short] = reason
			}
			if all := cases[short]; len(all) == 0 || all[len(all)-1] != o.Case.Index {
				cases[short] = append(all, o.Case.Index)
			}
		}
	}
	var out []string
	for _, short := range slices.Sorted(maps.Keys(cases)) {
		all := cases[short]
		if len(all) == 1 {
			out = append(out, whole[short])
			continue
		}
		out = append(out, fmt.Sprintf("%s (%s)%s", short, named(all), firstOf(short, whole[short])))
	}
	return out
}

// drawnName is what names of our own begin with, which no two cases share.
var drawnName = regexp.MustCompile(`\bic-[0-9a-f]{12}\b`)

// gist is a reason without what differs from case to case: a fault that did not happen is one by
// its kind, wherever it should have fired.
func gist(reason string) string {
	reason = drawnName.ReplaceAllString(reason, "ic-…")
	what, where, found := strings.Cut(reason, " at ")
	if found && strings.Contains(where, " did not happen") {
		return what + " did not happen"
	}
	return reason
}

// firstOf is what the first of several reasons says beyond their gist, or "".
func firstOf(short, whole string) string {
	_, where, found := strings.Cut(whole, " at ")
	if !found || !strings.HasSuffix(short, " did not happen") {
		return ""
	}
	return ", such as at " + strings.Replace(where, " did not happen", "", 1)
}

// named says how many cases, and which.
func named(all []int) string {
	names := lists.Map(all[:min(maxNamed, len(all))], strconv.Itoa)
	if len(all) > maxNamed {
		names = append(names, "…")
	}
	return fmt.Sprintf("%d cases: %s", len(all), strings.Join(names, ", "))
}
