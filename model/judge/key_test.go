package judge

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/model"
)

// unusableCases are those of keys that are empty or too long.
func unusableCases() []ruleCase {
	none := func(c *model.Contract) { c.Key.Empty, c.Key.Required = model.EmptyIsNone, new(false) }
	refused := func(c *model.Contract) { c.Key.Empty, c.Key.Required = model.EmptyIsRefused, new(false) }
	long := func(c *model.Contract) { c.Key.MaxLength, c.Promises.TooLong = 2, []int{414} }
	var out []ruleCase
	for _, c := range keylessCases() {
		out = append(out, ruleCase{
			"empty is none, " + c.name, c.want, none, strings.ReplaceAll(c.lines, "missing", "empty"),
		})
	}
	one := func(style, rest string) string {
		return `
op a charge alpha style=` + style + ` mark=m1 {"account":"alpha/A","amount":5}
does a charge alpha/A {"amount":5}
initial alpha/A.balance 100
invoke a.1
return a.1 ` + rest
	}
	executed := `201 {"id":"c1","balance":95}
effect charge alpha/A mark=m1 {"amount":5}
state alpha/A.balance 95`
	const nothing = "\nstate alpha/A.balance 100"
	return append(out,
		ruleCase{"key-required: empty is refused", "key-required", refused, one("empty", executed)},
		ruleCase{"key-required near miss: empty is none", "", none, one("empty", executed)},
		ruleCase{"key-required: too long", "key-required", long, one("too-long", executed)},
		ruleCase{"key-required near miss: too long is refused", "", long, one("too-long", "414"+nothing)},
	)
}

func TestRefusalsOfLongKeysAreDefinite(t *testing.T) {
	c := &model.Contract{Promises: model.Promises{TooLong: []int{414}}}
	require.Equal(t, model.Fail, c.Classify("charge", &model.Answer{Status: 414}))
	require.Equal(t, model.Info, (&model.Contract{}).Classify("charge", &model.Answer{Status: 414}))
}

func TestKeysFit(t *testing.T) {
	const uuid = "0a1b2c3d-0a1b-4c3d-8a1b-0a1b2c3d4e5f"
	for _, tt := range []struct {
		key  model.Key
		text string
		fits bool
	}{
		{model.Key{}, "", true},
		{model.Key{MinLength: 2}, "a", false},
		{model.Key{MinLength: 2}, "ab", true},
		{model.Key{MaxLength: 2}, "abc", false},
		{model.Key{Format: model.FormatUUID}, uuid, true},
		{model.Key{Format: model.FormatUUID}, strings.ToUpper(uuid), false},
		{model.Key{Format: model.FormatUUID}, uuid + "0", false},
		{model.Key{Pattern: "a|bc"}, "bc", true},
		{model.Key{Pattern: "a|bc"}, "ac", false},
		{model.Key{Pattern: "("}, "(", false},
		{model.Key{Pattern: "^[a-f0-9-]+$", Format: model.FormatUUID}, uuid, true},
	} {
		require.Equal(t, tt.fits, tt.key.Fits(tt.text), "%+v %q", tt.key, tt.text)
	}
}
