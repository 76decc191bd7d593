package reference_test

// identityCaughtBy continues caughtBy for what concerns answers, identity and resources.
func identityCaughtBy() map[string][]string {
	away := []string{"hang up while working", "reset while working"}
	return map[string][]string{
		"marker-always":                      {"repeat"},
		"other-status-on-replay":             {"repeat"},
		"headers-lost-on-replay":             {"repeat"},
		"error-stored-as-success":            away,
		"retry-names-nothing":                {"repeat", "repeat names what exists"},
		"repeat-refused-yet-executed":        {"repeat"},
		"answer-before-commit":               {"read at once"},
		"failed-after-commit-executed-again": away,
		"conflict-stored-as-answer":          {"two at once", "eight at once"},
		"long-answer-cut":                    {"repeat a batch"},
		"fingerprint-of-beginning":           {"same key with another end"},
		"fingerprint-of-headers":             {"repeat with another trace"},
		"fingerprint-of-listed-fields":       {"same key with another order"},
		"numbers-compared-as-floats":         {"same key with another digit"},
		"same-body-refused":                  {"same body under another key"},
		"key-case-folded":                    {"keys that differ in case"},
		"key-trimmed":                        {"keys that differ in a space"},
		"key-hashed":                         {"keys of one hash"},
		"first-of-two-lines":                 {"unusable keys"},
		"last-of-two-lines":                  {"unusable keys"},
		"bare-key-is-another":                {"unusable keys"},
		"key-not-scoped-by-method":           {"same key with another method"},
		"conflict-shows-other-tenant":        {"conflict with another tenant"},
		"refund-by-charge":                   {"two refunds of one charge"},
		"balance-applied-twice":              {"repeat"},
		"batch-recognised-by-first-item":     {"repeat a batch"},
	}
}
