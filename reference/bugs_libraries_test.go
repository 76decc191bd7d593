package reference_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/reference"
	"github.com/idemcheck/idemcheck/reference/internal/attack"
)

// librariesCaughtBy continues caughtBy for what comes with middleware and stores of others.
func librariesCaughtBy() map[string][]string {
	return map[string][]string{
		"stored-answer-unreadable":             {"repeat"},
		"refusal-stored-as-empty-success":      {"refusal"},
		"content-type-lost-on-replay":          {"repeat"},
		"repeat-awaits-past-signal":            {"repeat is answered"},
		"replay-shorter-than-announced":        {"repeat"},
		"refusal-leaves-key-in-progress":       {"refusal"},
		"own-failure-executed-again":           {"amount that ends in five"},
		"own-failure-stored":                   {"amount that ends in five"},
		"promise-of-departed-client":           {"come back to what was finished"},
		"mark-without-condition":               {"two at the same instant"},
		"lease-of-thirty-seconds":              {"hang up and come back later"},
		"keys-in-one-document":                 {"two keys at the same instant"},
		"shared-cache-by-key-and-body":         {"same key from another tenant"},
		"shared-cache-by-amount-and-reference": {"same payment on another route"},
		"fingerprint-without-account":          {"same key for another account"},
		"key-cut-at-128":                       {"longer keys with one beginning"},
		"prefixed-key-cut":                     {"longest keys with one beginning"},
		"long-key-never-answered":              {"long key is answered"},
		"empty-key-is-no-key":                  {"unusable keys"},
		"no-key-is-one-key":                    {"two without a key"},
	}
}

func TestOperationsWithoutAKeyAreOperations(t *testing.T) {
	for name, script := range attack.KeylessScripts() {
		t.Run(name, func(t *testing.T) {
			require.Empty(t, script(t, reference.Options{Variant: "stripe"}))
		})
	}
}
