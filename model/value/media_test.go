package value_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/model/value"
)

func TestMediaTypesAreComparedAsTheyAreRead(t *testing.T) {
	for _, c := range []struct {
		a, b string
		same bool
	}{
		{"application/json", "application/json; charset=utf-8", true},
		{"text/html; charset=UTF8", "Text/HTML", true},
		{"text/html; charset=iso-8859-1", "text/html", false},
		{"application/json; profile=a", "application/json; profile=b", false},
		{"multipart/mixed; boundary=a", "multipart/mixed; boundary=b", true},
		{"application/json", "application/problem+json", false},
		{"nonsense; =", "Nonsense; = ", true},
		{"nonsense; =", "text/plain", false},
		{"application/json", "", false},
	} {
		require.Equal(t, c.same, value.SameMediaType(c.a, c.b), "%s and %s", c.a, c.b)
	}
}
