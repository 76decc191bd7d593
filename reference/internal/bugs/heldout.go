package bugs

// heldOut lists the bugs that nobody may demand to be found, with what is known about that. They
// were written from what third-party libraries get wrong, without a look at how cases are drawn, so
// that how many are found says something about mistakes that nobody thought of. A bug leaves the
// list when it is found with every seed and its measurement is committed.
//
// What is said was measured with five seeds of 1,160 cases in memory.
func heldOut() map[string]string {
	const found = "found in memory with each of 5 seeds, and not calibrated yet"
	return map[string]string{
		"stored-answer-unreadable":             found,
		"refusal-stored-as-empty-success":      found,
		"content-type-lost-on-replay":          found,
		"repeat-awaits-past-signal":            found + "; over TCP it is undecided on a busy machine",
		"replay-shorter-than-announced":        found,
		"refusal-leaves-key-in-progress":       found,
		"own-failure-executed-again":           found,
		"own-failure-stored":                   found,
		"promise-of-departed-client":           found,
		"mark-without-condition":               found,
		"lease-of-thirty-seconds":              found,
		"keys-in-one-document":                 found,
		"shared-cache-by-key-and-body":         found + ", after 15 to 149 cases",
		"shared-cache-by-amount-and-reference": found,
		"fingerprint-without-account":          found,
		"key-cut-at-128":                       found,
		"prefixed-key-cut":                     found,
		"long-key-never-answered":              found,
		"empty-key-is-no-key":                  found + ", after about 300 cases",
		"no-key-is-one-key":                    found,
	}
}
