package meaning

import (
	"regexp"
	"strings"

	"github.com/idemcheck/idemcheck/internal/lists"
)

// version is how parts of paths look that say which version of an API is meant.
var version = regexp.MustCompile(`^(v[0-9]+([._-].*)?|api|rest|[0-9]{4}-[0-9]{2}(-[0-9]{2})?)$`)

// Nouns lists the parts of a path that name things: no ids, placeholders or versions.
func Nouns(path string) []string {
	return lists.Where(strings.Split(path, "/"), func(segment string) bool {
		return segment != "" && !strings.ContainsAny(segment, "{}") && !IsIdentifier(segment) &&
			!version.MatchString(segment) && Label(segment) != ""
	})
}

// Collection names what a path is about, such as "orders" for /v1/orders/17; "effects" when it says
// nothing.
func Collection(path string) string {
	nouns := Nouns(path)
	if len(nouns) == 0 {
		return "effects"
	}
	return Label(nouns[len(nouns)-1])
}

// Operation names what a request does, such as "create-order" for POST /orders.
func Operation(method, path string) string {
	noun := Collection(path)
	one := Singular(noun)
	verb := map[string]string{"PUT": "replace-", "PATCH": "change-", "DELETE": "delete-"}[method]
	switch {
	case verb != "":
		return verb + one
	case one != noun:
		return "create-" + one
	}
	return noun
}
