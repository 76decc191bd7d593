package check

import (
	"regexp"
	"strconv"

	"github.com/idemcheck/idemcheck/harness/contract/internal/check/captured"
	"github.com/idemcheck/idemcheck/harness/contract/internal/problem"
	"github.com/idemcheck/idemcheck/harness/internal/keyform"
	"github.com/idemcheck/idemcheck/model"
)

func checkKey(k *checker) {
	key := k.c.Key
	if key.Header != "" && !httpToken.MatchString(key.Header) {
		k.badHeader(problem.At("key", "header"), key.Header)
	}
	checkKeyLength(k, "max_length", "write how many characters a key may have, such as 255",
		key.MaxLength)
	checkKeyLength(k, "min_length", "write how many characters a key must have, such as 16",
		key.MinLength)
	k.problems = append(k.problems, captured.Problems(k.c)...)
	checkKeyForm(k)
	checkEmptyKey(k)
	for i, scope := range key.Scope {
		k.oneOf(problem.At("key", "scope", strconv.Itoa(i)), scope, "tenant", "route")
	}
}

func checkKeyLength(k *checker, name, advice string, n int) {
	if n < 0 {
		k.wrong(problem.At("key", name), advice, "%s cannot be negative", name)
	}
	if n > maxKeyLength {
		k.wrong(problem.At("key", name), advice, "keys of %d characters are too long to be sent", n)
	}
}

// checkKeyForm refuses a form of which no keys can be made, or so few that one would be sent twice.
func checkKeyForm(k *checker) {
	key := k.c.Key
	if key.MaxLength > 0 && key.MinLength > key.MaxLength {
		k.wrong(problem.At("key", "min_length"), "correct min_length or max_length",
			"keys cannot have %d characters at least and %d at most", key.MinLength, key.MaxLength)
		return
	}
	k.oneOf(problem.At("key", "format"), key.Format, model.FormatUUID)
	if _, err := regexp.Compile(key.Pattern); err != nil {
		k.wrong(problem.At("key", "pattern"),
			"write a regular expression as Go knows them (RE2), such as "+
				"order-[0-9a-f]{16}", "key.pattern cannot be read: %v", err)
		return
	}
	bound := max(key.MinLength, key.MaxLength)
	if bound < 0 || bound > maxKeyLength || key.Format != "" && key.Format != model.FormatUUID {
		return // said already
	}
	if why := keyform.Problem(key); why != "" {
		name := "pattern"
		if key.Pattern == "" {
			name = "format"
		}
		k.wrong(problem.At("key", name),
			"correct key.pattern, format, min_length or max_length; the whole key "+
				"matches the pattern", "no keys can be drawn by key.%s: %s", name, why)
	}
}

// checkEmptyKey checks what is said about keys that are empty or too long.
func checkEmptyKey(k *checker) {
	key, p := k.c.Key, k.c.Promises
	k.oneOf(problem.At("key", "empty"), key.Empty, model.EmptyIsNone, model.EmptyIsRefused)
	if key.Empty == model.EmptyIsRefused && len(p.Malformed) == 0 && len(p.Missing) == 0 {
		k.wrong(problem.At("key", "empty"), "add the statuses of that refusal, such as "+
			"`promises: {malformed: [400]}`", "an empty key is refused, but no status says so")
	}
	if len(p.TooLong) > 0 && key.MaxLength == 0 {
		k.wrong(problem.At("promises", "too_long"), "add how many characters a key may have, such as "+
			"`key: {max_length: 255}`", "the contract does not say which keys are too long")
	}
}
