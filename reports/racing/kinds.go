package racing

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// kinds says by how much each kind of item grew.
func kinds(by map[string]int64) string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(by)) {
		out = append(out, fmt.Sprintf("%s %+d", name, by[name]))
	}
	return strings.Join(out, ", ")
}
