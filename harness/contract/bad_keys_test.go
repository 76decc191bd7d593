package contract_test

// badKeys are mistakes in what is said about keys.
func badKeys() []bad {
	key := func(text string) string { return "key: {" + text + "}" }
	return []bad{
		{
			"format", "dialect: stripe", key("format: guid"), 4, "guid",
			`unknown value "guid" for key.format`, "uuid",
		},
		{
			"UUIDs that are too long", "dialect: stripe", key("format: uuid, max_length: 32"), 4, "uuid",
			"no keys can be drawn by key.format", "max_length",
		},
		{
			"pattern", "dialect: stripe", key(`pattern: "[a-z"`), 4, `"[a-z`,
			"key.pattern cannot be read", "RE2",
		},
		{
			"pattern of few keys", "dialect: stripe", key(`pattern: "[a-z]{4}"`), 4, `"[a-z`,
			"one would soon be used twice", "key.pattern",
		},
		{
			"pattern with quotes", "dialect: stripe", key(`pattern: "'[0-9a-f]{20}' .\"x"`), 4, `"'`,
			"cannot be sent in every header", "key.pattern",
		},
		{
			"lengths", "dialect: stripe", key("min_length: 40, max_length: 36"), 4, "40",
			"40 characters at least and 36 at most", "correct min_length",
		},
		{
			"shortest", "dialect: stripe", key("min_length: -1"), 4, "-1",
			"min_length cannot be negative", "such as 16",
		},
		{
			"empty", "dialect: stripe", key("empty: refuse"), 4, "refuse",
			`unknown value "refuse" for key.empty`, `did you mean "refused"?`,
		},
		{
			"empty without a status", "dialect: stripe", key("empty: refused"), 4, "refused",
			"an empty key is refused, but no status says so", "promises: {malformed: [400]}",
		},
		{
			"too long without a length", "dialect: stripe", "promises: {too_long: [414]}", 4, "too_long",
			"does not say which keys are too long", "max_length: 255",
		},
	}
}
