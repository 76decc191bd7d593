package contract_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/contract"
)

// withSinks is the contract of a service that calls others.
func withSinks(sinks, from string) string {
	return strings.Replace(hiddenWith(goodState, "key: k, from: {"+from+"}"), "ledgers:",
		"sinks: {"+sinks+"}\nledgers:", 1)
}

func TestBadSinksAndPlaces(t *testing.T) {
	const psp = `psp: {listen: "127.0.0.1:9300"}`
	for _, tt := range []struct{ sinks, from, says, next string }{
		{psp, `sink: {name: psp, where: {body.account: "{id}"}}`, "", ""},
		{`psp: {}`, `func: f`, "it listens nowhere, or twice", "write one of"},
		{`psp: {listen: "a:1", smtp: "a:2"}`, `func: f`, "it listens nowhere, or twice", "write one of"},
		{`psp: {listen: "9300"}`, `func: f`, `"9300" is no address`, "127.0.0.1:9300"},
		{`psp: {smtp: "a:1", once_per: key}`, `func: f`, "each is one item", "remove `answers`"},
		{`psp: {listen: "a:1", answers: [{status: 99}]}`, `func: f`, "99 is no final status", "200 and 599"},
		{`psp: {listen: "a:1", answers: [{body: "{m}"}]}`, `func: f`, "{m} is not declared", "use one of: n"},
		{psp, `sink: {name: pps, where: {a: "{id}"}}`, `there is no sink "pps"`, `"psp"`},
		{psp, `sink: {name: psp}`, "nothing in it names one", "where: {body.account"},
		{psp, `sink: {name: psp, where: {a: "{id}"}, find: {m: "ref"}}`, "with one group", "parentheses"},
		{"", `metrics: {url: "h/metrics", name: n, labels: {a: "{id}"}}`, "no URL of HTTP", "scheme and host"},
		{"", `metrics: {url: "http://h/metrics", labels: {a: "{id}"}}`, "name is missing", "charges_total"},
		{"", `metrics: {url: "http://h/metrics", name: n}`, "nothing in it names one", "add a label"},
		{"", `http: {url: "http://h/x"}`, "nothing in it names one", "put {id}"},
		{"", `http: {url: "http://{id}/x"}`, "no URL of HTTP", "scheme and host"},
		{"", `http: {url: "http://h/{id}", headers: {"A B": x}}`, "cannot be the name of a header", "bare name"},
		{"", `http: {url: "http://h/{id}${"}`, "reference to the environment", "${NAME}"},
		{"", `command: {run: []}`, "run is missing", "the program"},
		{"", `command: {run: [ls]}`, "nothing in it names one", `add the argument "{id}"`},
		{"", `command: {run: [ls, "{ids}"]}`, "{ids} is not declared", `"id"`},
		{"", `command: {run: [ls, "{id}"], env: {A-B: x}}`, "cannot be the name of a variable", "letters"},
	} {
		_, err := contract.Parse("idemcheck.yaml", []byte(withSinks(tt.sinks, tt.from)))
		if tt.says == "" {
			require.NoError(t, err)
			continue
		}
		require.ErrorContains(t, err, tt.says)
		require.ErrorContains(t, err, tt.next)
	}
}

// TestSecretsOfPlaces: they are sent as they are, and saved as references or not at all.
func TestSecretsOfPlaces(t *testing.T) {
	file, err := contract.Parse("idemcheck.yaml", []byte(withSinks(`psp: {listen: "${AT:-h:1}"}`,
		`command: {run: [ls, "{id}", "${DB}"], env: {A_TOKEN: literal-9f2c, MODE: "${DB}"}}`)))
	require.NoError(t, err)
	const secret = "s3cret-{word}"
	env := func(name string) (string, bool) { return secret, name == "DB" }
	resolved, err := contract.Resolve(file, env)
	require.NoError(t, err)
	c := resolved.Ledgers["charges"].From.Command
	require.Equal(t, []string{"ls", "{id}", "s3cret-{{word}}"}, c.Run, "braces of a value stay braces")
	require.Equal(t, map[string]string{"A_TOKEN": "literal-9f2c", "MODE": secret}, c.Env)
	require.Equal(t, "h:1", resolved.Sinks["psp"].Listen)
	require.Subset(t, contract.Secrets(file, env), []string{secret, "literal-9f2c"})
	saved := contract.Redacted(file).Ledgers["charges"].From.Command
	require.Equal(t, map[string]string{"A_TOKEN": "<redacted>", "MODE": "${DB}"}, saved.Env)
	require.Equal(t, "${DB}", saved.Run[2])
	again := contract.Restore(contract.Redacted(file), resolved)
	require.Equal(t, *c, *again.Ledgers["charges"].From.Command)
	require.Equal(t, "h:1", again.Sinks["psp"].Listen)
}
