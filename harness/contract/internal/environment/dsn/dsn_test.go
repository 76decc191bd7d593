package dsn

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestNoPasswordIsSaved: what is written out is hidden, references stay without their defaults.
func TestNoPasswordIsSaved(t *testing.T) {
	for in, want := range map[string]string{
		"":                                     "",
		"sqlite:/var/lib/shop.db":              "sqlite:/var/lib/shop.db",
		"${DATABASE_URL}":                      "${DATABASE_URL}",
		"${DATABASE_URL:-postgres://u:p@h/db}": "${DATABASE_URL}",
		"postgres://reader@localhost/shop":     "postgres://reader@localhost/shop",
		"postgres://reader:s3cret@localhost/shop": "postgres://reader:<redacted>@localhost/shop",
		"postgres://r:p@ss@localhost/shop":        "postgres://r:<redacted>@localhost/shop",
		"postgres://reader:${PW}@localhost/shop":  "postgres://reader:${PW}@localhost/shop",
		"postgres://r:${PW:-s3cret}@h/shop":       "postgres://r:${PW}@h/shop",
		"reader:s3cret@tcp(127.0.0.1:3306)/shop":  "reader:<redacted>@tcp(127.0.0.1:3306)/shop",
	} {
		require.Equal(t, want, Redact(in), in)
	}
}

// TestPasswordsAreSecrets, as they are written and as they are meant.
func TestPasswordsAreSecrets(t *testing.T) {
	require.Equal(t, []string{"s3cret%21", "s3cret!"}, Secrets("postgres://u:s3cret%21@h/db"))
	require.Equal(t, []string{"s3cret"}, Secrets("u:s3cret@tcp(h)/db"))
	require.Empty(t, Secrets("postgres://u@h/db"))
	require.Empty(t, Secrets("postgres://u:${PW}@h/db"))
	require.Empty(t, Secrets("sqlite:shop.db"))
}
