// Package near finds the name that was probably meant.
package near

import (
	"fmt"
	"slices"
	"strings"
)

// maxListed is how many names an advice lists.
const maxListed = 20

// Advice names the candidate that is most like a name, or lists them all when none is near.
func Advice(name string, candidates []string) string {
	if near := Name(name, candidates); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	if len(candidates) == 0 {
		return "there is none yet: declare one, or remove this"
	}
	sorted := slices.Sorted(slices.Values(candidates))
	if more := len(sorted) - maxListed; more > 0 {
		sorted = append(sorted[:maxListed], fmt.Sprintf("or %d others", more))
	}
	return "use one of: " + strings.Join(sorted, ", ")
}

// maxLike is how long a name may be for others to be like it.
const maxLike = 100

// Name returns the candidate that is a few slips of the keyboard away from a name, or "".
func Name(name string, candidates []string) string {
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
