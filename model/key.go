package model

import "regexp"

// FormatUUID is the format of keys that are UUIDs in lower case.
const FormatUUID = "uuid"

// What an empty key is: none, as if it had not been sent, or one that is refused.
const (
	EmptyIsNone    = "none"
	EmptyIsRefused = "refused"
)

// uuidForm is how a UUID is written. The letters are lower case: who reads a UUID need not see
// their case, so that two spellings of one are one key.
const uuidForm = `^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`

// IsQuoted reports whether keys travel as structured-field strings.
func (k Key) IsQuoted() bool { return k.Quoted != nil && *k.Quoted }

// IsRequired reports whether operations without a key are refused.
func (k Key) IsRequired() bool { return k.Required != nil && *k.Required }

// IsOptional reports whether the header of the key may be left out.
func (k Key) IsOptional() bool { return k.Header != "" && k.Required != nil && !*k.Required }

// Formed reports whether keys must have a form besides a length.
func (k Key) Formed() bool { return k.Format != "" || k.Pattern != "" }

// Fits reports whether a text may be a key by its length and form. A pattern that cannot be read
// fits nothing.
func (k Key) Fits(text string) bool {
	if len(text) < k.MinLength || k.MaxLength > 0 && len(text) > k.MaxLength {
		return false
	}
	if k.Format == FormatUUID && !regexp.MustCompile(uuidForm).MatchString(text) {
		return false
	}
	return k.Pattern == "" || matchesWhole(k.Pattern, text)
}

// matchesWhole reports whether a pattern matches a text from its beginning to its end.
func matchesWhole(pattern, text string) bool {
	whole, err := regexp.Compile(`^(?:` + pattern + `)$`)
	return err == nil && whole.MatchString(text)
}

// Keyless reports whether an operation whose key has a style carries none.
func (k Key) Keyless(style KeyStyle) bool {
	return style == KeyMissing || style == KeyEmpty && k.Empty == EmptyIsNone
}
