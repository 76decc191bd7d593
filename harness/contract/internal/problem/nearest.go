package problem

import (
	"fmt"
	"slices"
	"strings"
)

// maxCandidates is how many names an advice lists.
const maxCandidates = 20

// Suggest advises the candidate that is most like a name, or lists them all when none is near.
func Suggest(name string, candidates []string) string {
	if near := nearest(name, candidates); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	if len(candidates) == 0 {
		return "remove it: nothing is known here"
	}
	sorted := slices.Sorted(slices.Values(candidates))
	if more := len(sorted) - maxCandidates; more > 0 {
		sorted = append(sorted[:maxCandidates], fmt.Sprintf("or %d others", more))
	}
	return "use one of: " + strings.Join(sorted, ", ")
}

// maxLike is how long a name may be for others to be like it.
const maxLike = 100

// nearest returns the candidate that is a few slips of the keyboard away from a name, or "".
func nearest(name string, candidates []string) string {
	best, bestDistance := "", len(name)/3+2
	if len(name) > maxLike {
		return ""
	}
	for _, c := range slices.Sorted(slices.Values(candidates)) {
		d := distance(strings.ToLower(name), strings.ToLower(c))
		if d < bestDistance && d < len(c) {
			best, bestDistance = c, d
		}
	}
	return best
}

// distance counts the characters to insert, remove or replace to get from a to b (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost = 1 + min(diagonal, row[j], row[j+1])
			}
			diagonal, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)]
}
