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
		"postgres://h/db?user=u&password=s3cret":  "postgres://h/db?user=u&password=<redacted>",
		"postgres://u:one1@h/db?sslpassword=tw%402&sslmode=disable&x=a@b": "postgres://u:<redacted>@h/db" +
			"?sslpassword=<redacted>&sslmode=disable&x=a@b",
		"host=h user=u PASSWORD = 's3 cr\\'et' dbname=d": "host=h user=u PASSWORD = <redacted> dbname=d",
		"host=h password=s3cret":                         "host=h password=<redacted>",
		"host=h password=${PW:-s3cret} passfile=/a":      "host=h password=${PW} passfile=/a",
		"password=s3cret host=h":                         "password=<redacted> host=h",
		"postgres://h/db?password=${PW:-s3cret}":         "postgres://h/db?password=${PW}",
		"postgres://h/db?sslkey=/etc/key.pem":            "postgres://h/db?sslkey=/etc/key.pem",
		"postgres://u:pa/ss@h/db":                        "postgres://u:<redacted>@h/db",
		"http://h/metrics?api_key=s3cret&page=2":         "http://h/metrics?api_key=<redacted>&page=2",
		"u:s3cret@unix(/run/my.sock)/shop?timeout=3s":    "u:<redacted>@unix(/run/my.sock)/shop?timeout=3s",
	} {
		require.Equal(t, want, Redact(in), in)
	}
}

// TestPasswordsAreSecrets, as they are written and as they are meant.
func TestPasswordsAreSecrets(t *testing.T) {
	require.Equal(t, []string{"s3cret%21", "s3cret!"}, Secrets("postgres://u:s3cret%21@h/db"))
	require.Equal(t, []string{"s3cret"}, Secrets("u:s3cret@tcp(h)/db"))
	require.Equal(t, []string{"pw%2B1", "pw+1"}, Secrets("postgres://u@h/db?password=pw%2B1"))
	require.Equal(t, []string{"one", "a+b", "a b"}, Secrets("postgres://u:one@h/db?sslpassword=a+b"))
	require.Equal(t, []string{`'it\'s s3cret'`, "it's s3cret"}, Secrets(`host=h password='it\'s s3cret'`))
	require.Empty(t, Secrets("http://h/metrics?token={account}"))
	require.Empty(t, Secrets("postgres://u@h/db"))
	require.Empty(t, Secrets("postgres://u:${PW}@h/db"))
	require.Empty(t, Secrets("sqlite:shop.db"))
}
