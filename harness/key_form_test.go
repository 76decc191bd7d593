package harness_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/internal/sweep"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// only refuses keys that are not of a form.
func only(form string) func(string) int {
	whole := regexp.MustCompile("^(" + form + ")$")
	return func(key string) int {
		if whole.MatchString(key) {
			return 0
		}
		return http.StatusBadRequest
	}
}

// read changes the key of a request before it is compared.
func read(change func(string) string) func(*http.Request) string {
	return func(r *http.Request) string {
		r = r.Clone(r.Context())
		r.Header.Set("Idempotency-Key", change(r.Header.Get("Idempotency-Key")))
		return ofKey(r)
	}
}

// shortened cuts the last character of keys.
func shortened(key string) string { return key[:len(key)-1] }

// TestKeysOfAForm: a service that takes nothing else is right, and is wrong when it takes two keys
// of the form for one.
func TestKeysOfAForm(t *testing.T) {
	const uuid = `[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`
	keys := []string{"colliding-keys", "same-payload-different-key", "no-fault-repeat", "routes-share-a-key"}
	for name, tt := range map[string]struct {
		key    model.Key
		shop   shop
		broken string
	}{
		"uuid": {model.Key{Format: "uuid"}, shop{identity: ofKey, refuses: only(uuid)}, ""},
		"uuid in any case": {
			model.Key{Format: "uuid"}, shop{identity: read(strings.ToUpper), refuses: only(uuid)}, "",
		},
		"uuid, cut": {
			model.Key{Format: "uuid"},
			shop{identity: read(shortened), refuses: only(uuid)},
			"over-deduplication",
		},
		"order": {
			model.Key{Pattern: "order-[0-9a-f]{16}"},
			shop{identity: ofKey, refuses: only("order-[0-9a-f]{16}")},
			"",
		},
		"order, cut": {
			model.Key{Pattern: "order-[0-9a-f]{16}"},
			shop{identity: read(shortened), refuses: only("order-[0-9a-f]{16}")},
			"over-deduplication",
		},
		"letters": {
			model.Key{Pattern: "[A-Za-z]{20,30}"},
			shop{identity: ofKey, refuses: only("[A-Za-z]{20,30}")},
			"",
		},
		"letters in any case": {
			model.Key{Pattern: "[A-Za-z]{20,30}"},
			shop{identity: read(strings.ToUpper), refuses: only("[A-Za-z]{20,30}")},
			"over-deduplication",
		},
		"long": {
			model.Key{MinLength: 40, MaxLength: 44}, shop{identity: ofKey, refuses: only(".{40,44}")}, "",
		},
		"long, cut": {
			model.Key{MinLength: 40, MaxLength: 44},
			shop{identity: read(shortened), refuses: only(".{40,44}")},
			"over-deduplication",
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := shopContract(t, func(c *model.Contract) {
				c.Key.Format, c.Key.Pattern = tt.key.Format, tt.key.Pattern
				c.Key.MinLength, c.Key.MaxLength = tt.key.MinLength, tt.key.MaxLength
			})
			tt.shop.content = ofBody
			for seed := range uint64(sweep.Of(someSeeds, seeds)) {
				requireFound(t, shopping(t, c, tt.shop, seed+1, keys...), tt.broken)
			}
		})
	}
}

// requireFound: a rule is broken; none when it is "".
func requireFound(t *testing.T, v verdict.Verdict, rule string) {
	t.Helper()
	if rule == "" {
		require.Equal(t, verdict.Valid, v.Verdict, "%v %v", v.Reasons, v.Violations)
		return
	}
	require.Equal(t, verdict.Invalid, v.Verdict, "%v", v.Reasons)
	require.True(t, rulesOf(v)[rule], "%v", v.Violations)
}

// TestAServiceOfUUIDsNeedsTheForm, or else nothing works at all.
func TestAServiceOfUUIDsNeedsTheForm(t *testing.T) {
	s := shop{identity: ofKey, content: ofBody, refuses: only("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")}
	v := shopping(t, shopContract(t), s, 1, "no-fault-repeat")
	require.Equal(t, verdict.Unknown, v.Verdict)
}

// TestAPassSaysWhichKeysTheFormLeftOut besides those of which the contract says nothing.
func TestAPassSaysWhichKeysTheFormLeftOut(t *testing.T) {
	untried := func(change func(*model.Contract)) string {
		v := shopping(t, shopContract(t, change), shop{identity: ofKey, content: ofBody}, 1, "colliding-keys")
		require.Equal(t, verdict.Valid, v.Verdict, "%v %v", v.Reasons, v.Violations)
		var all []string
		for _, u := range v.Untried {
			all = append(all, u.What+": "+u.Try)
		}
		return strings.Join(all, "\n")
	}
	said := untried(func(c *model.Contract) { c.Key.Format = "uuid" })
	require.Contains(t, said, "keys that are alike (case, hash)")
	require.Contains(t, said, "an empty key: key.empty")
	require.Contains(t, said, "a key that is too long: key.max_length and promises.too_long")
	said = untried(func(c *model.Contract) {
		c.Key.Empty, c.Key.MaxLength, c.Promises.TooLong = model.EmptyIsNone, 60, []int{400}
	})
	for _, what := range []string{"keys that are alike", "an empty key", "too long"} {
		require.NotContains(t, said, what)
	}
}

// TestEmptyAndTooLongKeys: what is declared of them is checked, and nothing else is accused.
func TestEmptyAndTooLongKeys(t *testing.T) {
	no := false
	refusesEmpty := func(key string) int { return map[bool]int{true: 400}[key == ""] }
	refusesLong := func(status int) func(string) int {
		return func(key string) int { return map[bool]int{true: status}[len(key) > 40 || key == ""] }
	}
	cutAt40 := read(func(key string) string { return key[:min(40, len(key))] })
	longer := func(key string) bool { return len(key) > 40 }
	asOne := func(r *http.Request) string { return "key " + key(r, "") }
	none := func(c *model.Contract) { c.Key.Empty, c.Key.Required = model.EmptyIsNone, &no }
	noneNeeded := func(c *model.Contract) { c.Key.Empty = model.EmptyIsNone }
	refused := func(c *model.Contract) {
		c.Key.Empty, c.Key.Required, c.Promises.Malformed = model.EmptyIsRefused, &no, []int{400}
	}
	tooLong := func(c *model.Contract) { c.Key.MaxLength, c.Promises.TooLong = 40, []int{414} }
	silent := func(c *model.Contract) { c.Key.Required = &no }
	for name, tt := range map[string]struct {
		change func(*model.Contract)
		shop   shop
		broken string
	}{
		"empty is none":              {none, shop{identity: ofKey}, ""},
		"empty is a key":             {none, shop{identity: asOne}, "over-deduplication"},
		"empty is none and refused":  {noneNeeded, shop{identity: ofKey, refuses: refusesEmpty}, ""},
		"empty is none and executed": {noneNeeded, shop{identity: ofKey}, "key-required"},
		"empty is refused":           {refused, shop{identity: ofKey, refuses: refusesEmpty}, ""},
		"empty is executed":          {refused, shop{identity: ofKey}, "key-required"},
		"too long is refused":        {tooLong, shop{identity: ofKey, refuses: refusesLong(414)}, ""},
		"too long is executed":       {tooLong, shop{identity: ofKey, refuses: refusesEmpty}, "key-required"},
		"too long is cut":            {tooLong, shop{identity: cutAt40, refuses: refusesEmpty}, "key-required"},
		"too long is an error": {
			tooLong, shop{identity: ofKey, refuses: refusesLong(500)}, "error-caching",
		},
		"too long is a conflict": {tooLong, shop{identity: ofKey, refuses: refusesLong(409)}, "stuck-key"},
		"too long is never answered": {
			tooLong, shop{identity: ofKey, refuses: refusesEmpty, hangs: longer}, "stuck-key",
		},
		"nothing said, empty executed":  {silent, shop{identity: ofKey}, ""},
		"nothing said, empty refused":   {silent, shop{identity: ofKey, refuses: refusesEmpty}, ""},
		"nothing said, too long is 414": {silent, shop{identity: ofKey, refuses: refusesLong(414)}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			tt.shop.content = ofBody
			c := shopContract(t, tt.change)
			for seed := range uint64(sweep.Of(someSeeds, seeds)) {
				v := shopping(t, c, tt.shop, seed+1, "malformed-keys", "same-payload-different-key", "colliding-keys")
				requireFound(t, v, tt.broken)
			}
		})
	}
}
