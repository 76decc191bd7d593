package campaign

import (
	"fmt"
	"slices"
	"strings"

	"github.com/idemcheck/idemcheck/harness/plan"
	"github.com/idemcheck/idemcheck/model"
)

// untriedKeys are keys that were not sent because the contract does not say what becomes of them,
// and those that the form of its keys leaves no room for.
func (s *sweep) untriedKeys() []model.Untried {
	var out list
	c := s.exec.Contract
	if len(plan.RouteTypes(c)) == 0 {
		return nil // no operation sends a key
	}
	said := plan.MalformedStyles(c)
	out.unless(c.Key.Empty != "" || slices.Contains(said, model.KeyEmpty), "an empty key",
		"key.empty: none, or refused with promises.malformed")
	out.unless(slices.Contains(said, model.KeyTooLong), "a key that is too long",
		"key.max_length and promises.too_long")
	if !c.Key.Formed() {
		return out
	}
	open := *c
	open.Key.Format, open.Key.Pattern = "", ""
	var alike []string
	for _, style := range slices.Compact(plan.AlikeStyles(&open)) {
		if !slices.Contains(plan.AlikeStyles(c), style) {
			alike = append(alike, string(style))
		}
	}
	out.unless(len(alike) == 0, fmt.Sprintf("keys that are alike (%s), which the form of keys leaves "+
		"no room for", strings.Join(alike, ", ")), "key.pattern or key.format that permits them")
	return out
}
