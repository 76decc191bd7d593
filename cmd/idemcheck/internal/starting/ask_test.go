package starting_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/starting"
)

func TestAsk(t *testing.T) {
	var out bytes.Buffer
	got, err := starting.Ask(t.Context(), strings.NewReader("curl http://127.0.0.1/a \\\n  -d '{\n}'\r\n\n"+
		"curl http://127.0.0.1/b\ncurl http://127.0.0.1/l\n\ny\n"), &out)
	require.NoError(t, err)
	require.Equal(t, starting.Given{
		Curl: []string{"curl http://127.0.0.1/a \\\n  -d '{\n}'"}, Ledger: []string{"curl http://127.0.0.1/b"},
		Login: []string{"curl http://127.0.0.1/l"}, Probe: true,
	}, got)
	require.Contains(t, out.String(), "An empty line is none.")

	got, err = starting.Ask(t.Context(), strings.NewReader("\n"), &out)
	require.NoError(t, err)
	require.True(t, got.Nothing())

	for _, typed := range []string{"", "curl http://127.0.0.1/a\n", "curl 'http://127.0.0.1/a\n"} {
		_, err = starting.Ask(t.Context(), strings.NewReader(typed), &out)
		require.ErrorContains(t, err, "next: ", typed)
	}
}

// TestNobodyAnswers: whoever presses Ctrl-C while nothing is typed is heard.
func TestNobodyAnswers(t *testing.T) {
	silent, typing := io.Pipe()
	defer typing.Close()
	ctx, stop := context.WithCancel(t.Context())
	stop()
	_, err := starting.Ask(ctx, silent, io.Discard)
	require.Equal(t, context.Canceled, err)
}

// TestProbe: each line is sent once, with a key that is new, and what comes back leaves nothing open.
func TestProbe(t *testing.T) {
	t.Setenv("NOTES_TOKEN", "s3cret")
	var sent, keys []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || r.Header.Get("Authorization") != "Bearer s3cret" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		sent = append(sent, r.Method+" "+r.URL.Path)
		if r.Method == http.MethodPost {
			keys = append(keys, r.Header.Get("Idempotency-Key"))
			w.WriteHeader(http.StatusCreated)
			_, _ = w.Write(bytes.Replace(body, []byte("{"), []byte(`{"id":"n-1",`), 1))
			return
		}
		_, _ = w.Write([]byte(`[{"id":"n-1","text":"hello"}]`))
	}))
	defer server.Close()
	auth := ` -H "Authorization: Bearer $NOTES_TOKEN"`
	given := starting.Given{
		Curl: []string{"curl " + server.URL + `/notes --json '{"text":"hello"}' ` +
			`-H 'Idempotency-Key: old'` + auth},
		Ledger: []string{"curl " + server.URL + "/notes" + auth}, Probe: true,
	}
	d, err := starting.Draft(t.Context(), given)
	require.NoError(t, err)
	require.Equal(t, []string{"POST /notes", "GET /notes"}, sent)
	require.Len(t, keys, 1)
	require.NotEqual(t, "old", keys[0])
	require.Zero(t, d.Todos(), d.String())
	require.Contains(t, d.String(), "ok: [201]")
	require.Contains(t, d.String(), "${NOTES_TOKEN}")
	require.NotContains(t, d.String(), "s3cret")

	server.Close()
	_, err = starting.Draft(t.Context(), given)
	require.ErrorContains(t, err, "next: start the service")
	given.Curl = []string{"curl http://203.0.113.1/notes --json '{}'"}
	_, err = starting.Draft(t.Context(), given)
	require.ErrorContains(t, err, "--allow-host")
	_, err = starting.Draft(t.Context(), starting.Given{Probe: true, Ledger: given.Ledger})
	require.ErrorContains(t, err, "add --curl")
}
