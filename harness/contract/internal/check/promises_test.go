package check_test

import (
	"fmt"
	"testing"
)

// TestEachStatusIsOne has a status below and one above all that HTTP has, in every list of statuses.
func TestEachStatusIsOne(t *testing.T) {
	for list, patch := range map[string]string{
		"promises.missing":            `{"promises": {"missing": %s}}`,
		"promises.malformed":          `{"promises": {"malformed": %s}}`,
		"promises.too_long":           `{"promises": {"too_long": %s}}`,
		"promises.mismatch":           `{"promises": {"mismatch": %s}}`,
		"promises.same_body":          `{"promises": {"same_body": %s}}`,
		"promises.in_flight":          `{"promises": {"in_flight": %s}}`,
		"promises.done":               `{"promises": {"done": %s}}`,
		"promises.transient":          `{"promises": {"transient": %s}}`,
		"promises.expired":            `{"promises": {"expired": %s}}`,
		"promises.failed":             `{"promises": {"failed": %s, "failures": "refused"}}`,
		"operations.charge.ok":        `{"operations": {"charge": {"ok": %s}}}`,
		"operations.charge.refused":   `{"operations": {"charge": {"refused": %s}}}`,
		"resources.account.create.ok": `{"resources": {"account": {"create": {"ok": %s}}}}`,
		"resources.account.read.ok":   `{"resources": {"account": {"read": {"ok": %s}}}}`,
		"operations.charge.before.0.ok": `{"operations": {"charge": {"before":
			[{"method": "POST", "path": "/x", "ok": %s}]}}}`,
		"operations.charge.async.accepted": `{"operations": {"charge": {"async": {"accepted": %s,
			"poll": {"field": "self"}, "done": {"field": "state", "values": ["done"]}}}}}`,
		"session.login.0.ok": `{"session": {"cookies": true, "login":
			[{"method": "POST", "path": "/login", "ok": %s}]}}`,
		"session.renew_on": `{"session": {"login": [{"method": "POST", "path": "/login"}], "cookies": true,
			"renew_on": %s}}`,
	} {
		mistakes{
			list + " beyond": {fmt.Sprintf(patch, "[99, 600]"), []string{
				list + ".0: 99 is not an HTTP status", list + ".1: 600 is not an HTTP status",
			}},
			list + " at the ends": {fmt.Sprintf(patch, "[100, 599]"), nil},
		}.check(t)
	}
}

// TestNoStatusMeansTwoThings has one status in two lists that cannot both be meant.
func TestNoStatusMeansTwoThings(t *testing.T) {
	const charge = "operations.charge."
	both := func(a, b string) []string {
		return []string{fmt.Sprintf("%s: 418 cannot be in both %s", a, b)}
	}
	m := mistakes{
		"ok and refused": {
			`{"operations": {"charge": {"ok": [201, 418], "refused": [418]}}}`,
			both(charge+"refused.0", "refused and ok"),
		},
		"ok and mismatch, which is executed": {
			`{"operations": {"charge": {"ok": [418]}},
				"promises": {"mismatch": [418], "mismatch_answer": "executed"}}`, nil,
		},
		"ok and mismatch, which is refused": {
			`{"operations": {"charge": {"ok": [418]}},
				"promises": {"mismatch": [418], "mismatch_answer": "refused"}}`,
			both(charge+"ok.0", "ok and promises.mismatch"),
		},
		"refused and same_body": {
			`{"operations": {"charge": {"refused": [418]}}, "promises": {"same_body": [418]}}`, nil,
		},
		"ok and failed": {
			`{"operations": {"charge": {"ok": [418]}}, "promises": {"failed": [418], "failures": "refused"}}`,
			both(charge+"ok.0", "ok and promises.failed"),
		},
		"refused and failed": {
			`{"operations": {"charge": {"refused": [418]}},
				"promises": {"failed": [418], "failures": "refused"}}`, nil,
		},
	}
	for _, list := range []string{"in_flight", "transient", "done", "same_body"} {
		promise := `"promises": {"` + list + `": [418]}`
		for _, own := range []string{"ok", "refused"} {
			if own == "refused" && list == "same_body" {
				continue // which is a refusal
			}
			m[own+" and "+list] = struct {
				patch string
				want  []string
			}{
				`{"operations": {"charge": {"` + own + `": [418]}}, ` + promise + `}`,
				both(charge+own+".0", own+" and promises."+list),
			}
		}
	}
	m.check(t)
}

func TestPromisesAreWholeAndKnown(t *testing.T) {
	mistakes{
		"nothing more": {`{}`, nil},
		"unknown words": {
			`{"promises": {"mismatch_answer": "a", "replay": "b", "errors": "c", "failures": "d",
				"after_retention": "e"}}`, []string{
				`promises.mismatch_answer: unknown value "a" for promises.mismatch_answer`,
				`promises.replay: unknown value "b" for promises.replay`,
				`promises.errors: unknown value "c" for promises.errors`,
				`promises.after_retention: unknown value "e" for promises.after_retention`,
				`promises.failures: unknown value "d" for promises.failures`,
			},
		},
		"all that is known of a mismatch": {`{"promises": {"mismatch_answer": "replayed"}}`, nil},
		"a replay that names itself only": {`{"promises": {"replay": "acknowledgement"}}`, nil},
		"refused after the retention without a status": {
			`{"promises": {"after_retention": "refused"}}`,
			[]string{"promises.after_retention: a repeat after the retention is refused, but no status says so"},
		},
		"refused after the retention": {
			`{"promises": {"after_retention": "refused", "expired": [412]}}`,
			nil,
		},
		"executed after the retention": {`{"promises": {"after_retention": "executed"}}`, nil},
		"refused failures without a status": {
			`{"promises": {"failures": "refused"}}`,
			[]string{"promises.failures: a repeat of what failed is refused, but no status says so"},
		},
		"a status of failures that are not refused": {
			`{"promises": {"failures": "replayed", "failed": [409]}}`,
			[]string{"promises.failed: statuses of a refusal are declared, but what failed is not refused"},
		},
		"names of headers": {
			`{"promises": {"replay_headers": ["ETag", "a b"], "replay_ignore_headers": ["Date", "c:"],
				"marker": {"header": "Is Replayed"}}}`, []string{
				`promises.replay_headers: "a b" cannot be the name of a header`,
				`promises.replay_ignore_headers: "c:" cannot be the name of a header`,
				`promises.marker.header: "Is Replayed" cannot be the name of a header`,
			},
		},
		"a marker": {`{"promises": {"marker": {"header": "Is-Replayed"}}}`, nil},
		"a field of replays that is a path": {
			`{"promises": {"replay_body": "data.first"}}`,
			[]string{`promises.replay_body: "data.first" cannot be the field that holds the first answer`},
		},
		"what is read lies where only replays have it": {
			`{"promises": {"replay_body": "data"}, "operations": {"charge": {"answer": {
				"identity": "data.id", "fields": {"data": "amount", "database": "amount"}}}}}`, []string{
				`operations.charge.answer: "data" lies in the field that only replays have`,
				`operations.charge.answer: "data.id" lies in the field that only replays have`,
			},
		},
		"what is read lies elsewhere": {
			`{"promises": {"replay_body": "data"}, "operations": {"charge": {"answer": {"identity": "id.data"}}}}`,
			nil,
		},
	}.check(t)
}

// TestTimesAreOfThisWorld has the longest of each time, and one that is longer.
func TestTimesAreOfThisWorld(t *testing.T) {
	for path, tt := range map[string]struct{ patch, longest, longer string }{
		"target.timeout":     {`{"target": {"timeout": %q}}`, "1h", "1h0m0.000000001s"},
		"promises.recovery":  {`{"promises": {"recovery": %q}}`, "24h", "24h0m0.000000001s"},
		"promises.settle":    {`{"promises": {"settle": %q}}`, "24h", "24h0m0.000000001s"},
		"promises.retention": {`{"promises": {"retention": %q}}`, "876000h", "876000h0m0.000000001s"},
	} {
		mistakes{
			path + " at most": {fmt.Sprintf(tt.patch, tt.longest), nil},
			path + " beyond": {fmt.Sprintf(tt.patch, tt.longer), []string{
				path + ": " + tt.longer + " is longer than " + path + " can be",
			}},
		}.check(t)
	}
}

func TestKeysCanBeDrawnAndSent(t *testing.T) {
	mistakes{
		"a header that is none": {
			`{"key": {"header": "Idempotency Key"}}`,
			[]string{`key.header: "Idempotency Key" cannot be the name of a header`},
		},
		"lengths below zero": {
			`{"key": {"max_length": -1, "min_length": -2}}`,
			[]string{"key.max_length: max_length cannot be negative", "key.min_length: min_length cannot be negative"},
		},
		"the longest that are sent": {`{"key": {"max_length": 16384, "min_length": 16384}}`, nil},
		"longer than those": {
			`{"key": {"max_length": 16385}}`,
			[]string{"key.max_length: keys of 16385 characters are too long to be sent"},
		},
		"lengths upside down": {
			`{"key": {"max_length": 8, "min_length": 9}}`,
			[]string{"key.min_length: keys cannot have 9 characters at least and 8 at most"},
		},
		"an unknown format": {
			`{"key": {"format": "ulid"}}`, []string{`key.format: unknown value "ulid" for key.format`},
		},
		"a format": {`{"key": {"format": "uuid"}}`, nil},
		"a format that is too long": {
			`{"key": {"format": "uuid", "max_length": 35}}`,
			[]string{"key.format: no keys can be drawn by key.format: no keys can be made that fit, or " +
				"there are so few (less than 2^48) that one would soon be used twice"},
		},
		"a pattern that is none": {
			`{"key": {"pattern": "("}}`,
			[]string{"key.pattern: key.pattern cannot be read: error parsing regexp: missing closing ): `(`"},
		},
		"a pattern": {`{"key": {"pattern": "order-[0-9a-f]{16}"}}`, nil},
		"an unknown word for empty keys": {
			`{"key": {"empty": "fine"}}`, []string{`key.empty: unknown value "fine" for key.empty`},
		},
		"empty keys are refused, and no status says so": {
			`{"key": {"empty": "refused"}, "promises": {"missing": null}}`,
			[]string{"key.empty: an empty key is refused, but no status says so"},
		},
		"empty keys are refused as missing": {`{"key": {"empty": "refused"}}`, nil},
		"empty keys are refused as malformed": {
			`{"key": {"empty": "refused"}, "promises": {"missing": null, "malformed": [400]}}`, nil,
		},
		"empty keys are none": {`{"key": {"empty": "none"}, "promises": {"missing": null}}`, nil},
		"too long, and nobody knows from where on": {
			`{"key": {"max_length": null}, "promises": {"too_long": [414]}}`,
			[]string{"promises.too_long: the contract does not say which keys are too long"},
		},
		"too long": {`{"promises": {"too_long": [414]}}`, nil},
		"an unknown scope": {
			`{"key": {"scope": ["tenant", "planet", "route"]}}`,
			[]string{`key.scope.1: unknown value "planet" for key.scope.1`},
		},
	}.check(t)
}
