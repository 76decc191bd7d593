package curl_test

import (
	"io/fs"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/contract/curl"
	"github.com/idemcheck/idemcheck/harness/contract/shown"
)

// pairs makes a list of names and their values.
func pairs(texts ...string) (out []shown.Pair) {
	for i := 0; i < len(texts); i += 2 {
		out = append(out, shown.Pair{Name: texts[i], Value: texts[i+1]})
	}
	return out
}

// TestLinesAsTheyAreCopied: the programs that people copy lines from write them in their own ways.
func TestLinesAsTheyAreCopied(t *testing.T) {
	for _, tt := range []struct {
		name, line string
		want       shown.Call
	}{
		{
			"Chrome, bash", `curl 'http://127.0.0.1:8090/orders' \
  -H 'Accept: */*' \
  -H 'Authorization: Bearer s3cret' \
  -H 'Content-Type: application/json' \
  -b 'session=abc; theme=dark' \
  -H 'Sec-Fetch-Mode: cors' \
  --data-raw '{"sku":"A1","quantity":2}'`,
			shown.Call{
				Method: "POST", URL: "http://127.0.0.1:8090/orders", Body: `{"sku":"A1","quantity":2}`,
				Headers: pairs(
					"Accept", "*/*", "Authorization", "Bearer s3cret", "Content-Type", "application/json",
					"Cookie", "session=abc; theme=dark", "Sec-Fetch-Mode", "cors",
				),
			},
		},
		{
			"Chrome, bash, a quote in the body", `curl 'http://127.0.0.1:8090/notes' ` +
				`-H 'content-type: application/json' --data-raw ` +
				`$'{"text":"it\'s\u0021 \\u00e9"}' --compressed --insecure`,
			shown.Call{
				Method: "POST", URL: "http://127.0.0.1:8090/notes", Body: `{"text":"it's! \u00e9"}`,
				Headers: pairs("content-type", "application/json"),
				Notes: []string{
					"curl accepts any certificate (-k): write target.tls.ca with the certificate, or " +
						"target.tls.insecure: true",
				},
				Way: shown.Way{Insecure: true},
			},
		},
		{
			"a quote behind a backslash", `curl localhost/a -d '{"text":"it'\''s"}' -H X-A:\ b\"c`,
			shown.Call{
				Method: "POST", URL: "http://localhost/a", Body: `{"text":"it's"}`,
				Headers: pairs("X-A", `b"c`, "Content-Type", "application/x-www-form-urlencoded"),
			},
		},
		{
			"Firefox", `curl 'https://api.example.com/v1/transfers?dry=0' --compressed -X POST ` +
				`-H 'User-Agent: Mozilla/5.0 (X11)' -H 'Accept: application/json' -H 'Origin: https://example.com' ` +
				`-H 'Content-Type: application/json' --data-raw '{"amount":5}'`,
			shown.Call{
				Method: "POST", URL: "https://api.example.com/v1/transfers?dry=0", Body: `{"amount":5}`,
				Headers: pairs(
					"User-Agent", "Mozilla/5.0 (X11)", "Accept", "application/json",
					"Origin", "https://example.com", "Content-Type", "application/json",
				),
			},
		},
		{
			"Postman", "curl --location 'localhost:8080/v1/charges' \\\n" +
				"--header 'Idempotency-Key: 5f1c' \\\n--header 'Content-Type: application/json' \\\n" +
				"--data '{\n    \"amount\": 100\n}'",
			shown.Call{
				Method: "POST", URL: "http://localhost:8080/v1/charges", Body: "{\n    \"amount\": 100\n}",
				Headers: pairs("Idempotency-Key", "5f1c", "Content-Type", "application/json"),
			},
		},
		{
			"Postman, a form", "curl --location --request PUT 'http://127.0.0.1:80/pay' \\\n" +
				"--header 'Content-Type: application/x-www-form-urlencoded' \\\n" +
				"--data-urlencode 'amount=100' \\\n--data-urlencode 'note=a & b'",
			shown.Call{
				Method: "PUT", URL: "http://127.0.0.1:80/pay", Body: "amount=100&note=a+%26+b",
				Headers: pairs("Content-Type", "application/x-www-form-urlencoded"),
			},
		},
		{
			"Insomnia", "curl --request POST \\\n  --url http://127.0.0.1:9000/api/orders \\\n" +
				"  --header 'Content-Type: application/vnd.api+json' \\\n  --header 'User-Agent: insomnia/9.3' \\\n" +
				"  --data '{\"data\":{\"type\":\"orders\"}}'",
			shown.Call{
				Method: "POST", URL: "http://127.0.0.1:9000/api/orders", Body: `{"data":{"type":"orders"}}`,
				Headers: pairs("Content-Type", "application/vnd.api+json", "User-Agent", "insomnia/9.3"),
			},
		},
		{
			"documentation", `$ curl -sS -XPOST https://api.example.com/v1/charges -u sk_test_1: ` +
				`-d amount=2000 -d currency=eur | jq .`,
			shown.Call{
				Method: "POST", URL: "https://api.example.com/v1/charges", Body: "amount=2000&currency=eur",
				Headers: pairs(
					"Authorization", "Basic c2tfdGVzdF8xOg==", "Content-Type", "application/x-www-form-urlencoded",
				),
			},
		},
		{
			"variables and a command", `TOKEN=x curl "$BASE_NOT_USED" 2>/dev/null`,
			shown.Call{},
		},
		{
			"variables in headers", `curl http://127.0.0.1/a -H "Authorization: Bearer $TOKEN" ` +
				`-H "Idempotency-Key: $(uuidgen)" --json '{}'`,
			shown.Call{
				Method: "POST", URL: "http://127.0.0.1/a", Body: "{}",
				Headers: pairs(
					"Authorization", "Bearer ${TOKEN}", "Idempotency-Key", "substituted",
					"Accept", "application/json", "Content-Type", "application/json",
				),
			},
		},
		{
			"a query", `curl -G http://127.0.0.1/search?a=1 --data-urlencode "q=x y" -d b=2 -A me -i`,
			shown.Call{Method: "GET", URL: "http://127.0.0.1/search?a=1&q=x+y&b=2"},
		},
		{"head", `curl -I 127.0.0.1`, shown.Call{Method: "HEAD", URL: "http://127.0.0.1/"}},
		{
			"multipart", `curl http://127.0.0.1/u -F amount=5 -F "file=@a.png"`,
			shown.Call{
				Method: "POST", URL: "http://127.0.0.1/u",
				Parts: pairs("amount", "5", "file", "@a.png"),
			},
		},
		{
			"a body in a file", `curl http://127.0.0.1/u -d @body.json -H Content-Type:application/json`,
			shown.Call{
				Method: "POST", URL: "http://127.0.0.1/u", Body: `{"a": 1}`,
				Headers: pairs("Content-Type", "application/json"),
			},
		},
		{
			"a user in the URL, and a socket", `curl --unix-socket /run/a.sock --http2 ` +
				`--cacert ca.pem http://me:pw@localhost/v1/a`,
			shown.Call{
				Method: "GET", URL: "http://localhost/v1/a", Headers: pairs("Authorization", "Basic bWU6cHc="),
				Notes: []string{
					"a Unix socket: write target.url, such as unix:///run/shop.sock",
					"HTTP/2: write target.http: 2, or HTTP/1.1 is sent",
					"the certificates of --cacert: write target.tls.ca",
				},
				Way: shown.Way{Socket: "/run/a.sock", CA: "ca.pem", HTTP2: true},
			},
		},
		{
			"odd headers", `curl 127.0.0.1/a -H 'X-Empty;' -H 'Accept:' -H ':authority: x' -X delete`,
			shown.Call{Method: "DELETE", URL: "http://127.0.0.1/a", Headers: pairs("X-Empty", "")},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := curl.Parse(tt.line, func(name string) ([]byte, error) {
				require.Equal(t, "body.json", name)
				return []byte("{\"a\": \n1}"), nil
			})
			if tt.want.URL == "" {
				require.ErrorContains(t, err, "no http or https URL")
				return
			}
			require.NoError(t, err)
			require.Equal(t, tt.want, *got)
		})
	}
}

// TestLinesThatCannotBeRead: each error says what to do, and never repeats the line.
func TestLinesThatCannotBeRead(t *testing.T) {
	missing := func(string) ([]byte, error) { return nil, fs.ErrNotExist }
	for line, want := range map[string]string{
		"":                                    "no curl command",
		"wget http://127.0.0.1 -H s3cret":     "no curl command",
		"for a in b; do curl s3cret; done":    "no curl command",
		`curl 'http://127.0.0.1/s3cret`:       "a shell reads",
		`curl ^"http://127.0.0.1^" s3cret`:    "Windows",
		"curl -H 'Authorization: s3cret'":     "names no URL",
		"curl http://a -H":                    "has no value",
		"curl http://a http://s3cret":         "two URLs",
		"curl http://a --next http://b":       "two requests",
		"curl http://a --frobnicate=s3cret":   "--frobnicate",
		"curl http://a -?":                    "-?",
		"curl ftp://a/s3cret":                 "no http or https URL",
		"curl http://a -d @s3":                "file does not exist",
		"curl http://a -d @-":                 "in a file",
		"curl http://a -H ' : s3cret'":        "has no name",
		"curl http://a -d $((1+1))":           "computes",
		"curl http://a -d <(s3cret)":          "computes",
		"curl http://a -d ${A:-s3cret}":       "changes a variable",
		"curl http://a " + long():             "more than",
		"curl http://[::1 -d s3cret":          "no http or https URL",
		"curl http://a -d \"${!s3cret@}\"":    "changes a variable",
		"curl http://a --data-urlencode a@s3": "file does not exist",
		"curl http://a/b?c=1&d=s3cret -d e":   "in no quotes",
	} {
		_, err := curl.Parse(line, missing)
		require.ErrorContains(t, err, want, line)
		require.ErrorContains(t, err, "\n  next: ", line)
		require.NotContains(t, err.Error(), "s3cret", line)
	}
}

func TestALineGoesOn(t *testing.T) {
	for line, want := range map[string]bool{
		`curl a \`: true, "curl 'a": true, `curl "a`: true, "curl a -d '{\n}": true,
		"curl a": false, "curl 'a'": false, "": false,
	} {
		require.Equal(t, want, curl.GoesOn(line), line)
	}
}

func long() string { return strings.Repeat("x", 200_000) }

// FuzzParse: whatever a line is, reading it ends with a request or an error.
func FuzzParse(f *testing.F) {
	for _, line := range []string{
		`curl 'http://127.0.0.1:8090/orders' -H 'A: b' --data-raw $'{"a":"it\'s"}' | jq`,
		`curl -sSXPOST -d@x --json=1 -F a=b "$(a $(b))" ${x} <(y) ~root {1..3} $((1<<3)) a[1]=2`,
		"curl \\\n --url x -G -u a:b -b c=d;curl", `curl "${a[@]}" ${a:1:2} ${a/b/c} ${#a} $'\x' \`,
		"A=1 curl x <<EOF\nb\nEOF", "curl @(a|b) [a-z] * ? $$ $! $1 `ls`",
	} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		e, err := curl.Parse(line, nil)
		if err == nil && (e.URL == "" || e.Method == "" && !strings.Contains(line, "X")) {
			t.Errorf("%q gives %+v", line, e)
		}
	})
}
