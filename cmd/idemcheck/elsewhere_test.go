package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/smtp"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/internal/taskpage"
)

// listsNothing is the contract of a service that lists nothing itself.
const listsNothing = `version: 1
name: elsewhere
target: {url: "http://127.0.0.1:9", timeout: 500ms}
key: {header: Idempotency-Key, required: true}
promises: {missing: [400], mismatch: [422]}
sinks: {SINKS}
resources:
  account: {create: {path: /accounts, body: {name: "{unique}"}, ok: [201]}, id: id}
operations:
  charge:
    path: /charges
    args: {account: {resource: account}, amount: {min: 1, max: 9}}
    body: {account: "{account}", amount: "{amount}", reference: "{mark}"}
    ok: [201]
    effects: [{ledger: charges, OF}]
ledgers:
  charges: {LEDGER}
`

// charge is what somebody else learns of a charge.
type charge struct {
	Account   string `json:"account"`
	Amount    int    `json:"amount"`
	Reference string `json:"reference"`
	Key       string `json:"key"`
	// Number tells it from others of which all else is equal.
	Number int `json:"number"`
}

// discreet is a service that charges elsewhere: right, or wrong in what its bug says.
type discreet struct {
	bug string
	// tell makes a charge where it is seen.
	tell func(charge) error
	mu   sync.Mutex
	// answers and made are protected by mu.
	answers map[string]string
	made    int
}

// ServeHTTP implements http.Handler.
func (d *discreet) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	asked := charge{Key: r.Header.Get("Idempotency-Key")}
	if err != nil || json.Unmarshal(body, &asked) != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.made++
	answer := fmt.Sprintf(`{"id": "a%d"}`, d.made)
	before, known := d.answers[asked.Key]
	sent, given, _ := strings.Cut(before, "\n")
	switch {
	case r.URL.Path == "/accounts":
	case asked.Key == "":
		w.WriteHeader(http.StatusBadRequest)
		return
	case known && sent != string(body):
		w.WriteHeader(http.StatusUnprocessableEntity)
		return
	case known && d.bug != "doubles":
		answer = given
	case !known && d.bug == "loses" && len(d.answers) > 10: // not in the warm-up
		d.answers[asked.Key] = string(body) + "\n" + answer
	default:
		if known {
			answer = given
		}
		d.answers[asked.Key] = string(body) + "\n" + answer
		if err := d.tell(asked); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
	}
	w.WriteHeader(http.StatusCreated)
	_, _ = io.WriteString(w, answer) // a client that has gone repeats
}

// shown is who charges are told, and how a contract reads them there.
type shown struct {
	sinks, of, ledger string
	tell              func(charge) error
}

// contract is the contract of a service that charges there.
func (s shown) contract(t *testing.T) string {
	return file(t, "idemcheck.yaml",
		strings.NewReplacer("SINKS", s.sinks, "OF", s.of, "LEDGER", s.ledger).Replace(listsNothing))
}

// other is another host that keeps charges, and shows them as a list and as metrics.
type other struct {
	mu sync.Mutex
	// all are protected by mu.
	all []charge
	// spoils writes what comes instead of an answer; nil spoils none.
	spoils func(http.ResponseWriter, *http.Request)
	// asked is the Authorization of the last reading, protected by mu.
	asked string
}

func (o *other) tell(c charge) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.all = append(o.all, c)
	return nil
}

// ServeHTTP implements http.Handler.
func (o *other) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.asked = r.Header.Get("Authorization")
	if o.spoils != nil {
		o.spoils(w, r)
		return
	}
	list, counts := []charge{}, map[string]int{}
	for i, c := range o.all {
		c.Number = i
		counts[c.Account]++
		if c.Account == r.URL.Query().Get("account") {
			list = append(list, c)
		}
	}
	if page, err := strconv.Atoi(r.URL.Query().Get("page")); err == nil {
		list = list[min(page-1, len(list)):min(page, len(list))] // one on each
	}
	if r.URL.Path == "/charges" {
		_, _ = io.WriteString(w, encoded(map[string]any{"hits": list})) // to who reads
		return
	}
	_, _ = io.WriteString(w, "# HELP charges_total Charges.\n# TYPE charges_total counter\n")
	for account, n := range counts {
		_, _ = fmt.Fprintf(w, "charges_total{account=%q,currency=\"EUR\"} %d\n", account, n)
	}
}

// showings are the kinds of places, by name.
func showings() map[string]func(*testing.T) shown {
	return map[string]func(*testing.T) shown{
		"metrics": func(t *testing.T) shown { return onOther(t, &other{}, byMetrics) },
		"http":    func(t *testing.T) shown { return onOther(t, &other{}, byHTTP) },
		"paged http": func(t *testing.T) shown {
			return onOther(t, &other{}, strings.Replace(byHTTP, "items: hits", pagedHits, 1))
		},
		"command": printed, "sink": received, "smtp": mailed,
	}
}

// The places of another host, whose URL stands for URL.
const (
	byMetrics = `from: {metrics: {url: "URL/metrics", name: charges_total, labels: {account: "{id}"}, ` +
		`timeout: 300ms}}, per: account, count: value`
	byHTTP = `from: {http: {url: "URL/charges?account={id}", items: hits, timeout: 300ms, ` +
		`headers: {Authorization: "Bearer ${SEARCH_TOKEN:-unset-token}"}}}, per: account, key: key`
)

// pagedHits are the items of a list in pages.
const pagedHits = "items: hits, pages: {query: page}"

// onOther serves another host, of which a ledger is read.
func onOther(t *testing.T, o *other, ledger string) shown {
	server := httptest.NewServer(o)
	t.Cleanup(server.Close)
	return shown{"", "resource: account", strings.ReplaceAll(ledger, "URL", server.URL), o.tell}
}

// printed are charges in a file, which a program prints.
func printed(t *testing.T) shown {
	path := filepath.Join(t.TempDir(), "charges")
	require.NoError(t, os.WriteFile(path, nil, 0o600))
	return shown{
		"", "fields: {amount: amount}", fmt.Sprintf(`from: {command: {run: [cat, %q]}}, key: key`, path),
		func(c charge) error {
			f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
			if err != nil {
				return err
			}
			_, err = io.WriteString(f, encoded(c)+"\n")
			return errorsOf(err, f.Close())
		},
	}
}

func errorsOf(all ...error) error {
	for _, err := range all {
		if err != nil {
			return err
		}
	}
	return nil
}

// received are charges that a sink receives.
func received(t *testing.T) shown {
	at := freeAddress(t)
	client := &http.Client{Transport: &http.Transport{}}
	t.Cleanup(client.CloseIdleConnections)
	return shown{
		fmt.Sprintf(`psp: {listen: %q, answers: [{status: 201, body: {id: "ch_{n}"}}]}`, at),
		"resource: account, fields: {body.amount: amount}",
		`from: {sink: {name: psp, where: {path: /charges, body.account: "{id}"}}}, per: account, ` +
			`mark: body.reference`,
		func(c charge) error {
			resp, err := client.Post("http://"+at+"/charges", "application/json",
				strings.NewReader(encoded(c)))
			if err != nil {
				return err
			}
			_, err = io.Copy(io.Discard, resp.Body)
			return errorsOf(err, resp.Body.Close())
		},
	}
}

// mailed are charges of which a mail is sent.
func mailed(t *testing.T) shown {
	at := freeAddress(t)
	return shown{
		fmt.Sprintf(`mail: {smtp: %q}`, at), "notification: true",
		`from: {sink: {name: mail, find: {ref: "reference: (\\S+)"}, where: {subject: Receipt}}}, mark: ref`,
		func(c charge) error {
			return smtp.SendMail(at, nil, "shop@example.test", []string{"a@example.test", "b@example.test"},
				[]byte("Subject: Receipt\r\n\r\nThank you, reference: "+c.Reference+"\r\n"))
		},
	}
}

// attacked runs a contract against the service with a bug.
func attacked(t *testing.T, s shown, bug string, i invocation, more ...string) ended {
	t.Helper()
	server := httptest.NewServer(&discreet{bug: bug, tell: s.tell, answers: map[string]string{}})
	t.Cleanup(server.Close)
	args := []string{
		"run", "-f", s.contract(t), "--target", server.URL, "--scenario", "no-fault-repeat,lost-answers",
		"--cases", "14", "--seed", "3", "--no-progress",
	}
	return i.run(t, append(args, more...)...)
}

// TestEffectsElsewhere: every kind of place shows one charge too many and one too few.
func TestEffectsElsewhere(t *testing.T) {
	for name, show := range showings() {
		for bug, rules := range map[string][]string{
			"": nil, "doubles": {"duplicate-effect", "side-effect-of-replay"},
			"loses": {"lost-effect"},
		} {
			t.Run(name+" "+bug, func(t *testing.T) {
				t.Parallel()
				got := attacked(t, show(t), bug, invocation{ctx: t.Context(), bubbles: t},
					"--format", "json", "--out", t.TempDir())
				v := got.verdict(t)
				if bug == "" {
					require.Equal(t, exitValid, got.code, got.out+got.err)
					require.Positive(t, v.Judged.Effects)
					return
				}
				require.Equal(t, exitInvalid, got.code, got.out+got.err)
				require.Contains(t, rules, v.Violations[0].Rule)
			})
		}
	}
}

// hangs answers with a part and says nothing more.
func hangs(part string) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, part)            // it is read
		_ = http.NewResponseController(w).Flush() // as above
		<-r.Context().Done()
	}
}

// TestAPlaceThatHangsIsUnknown: what cannot be read to its end, in time, accuses nobody.
func TestAPlaceThatHangsIsUnknown(t *testing.T) {
	tell := func(charge) error { return nil }
	for name, tt := range map[string]struct {
		show func(*testing.T) shown
		says string
	}{
		"metrics": {func(t *testing.T) shown {
			return onOther(t, &other{spoils: hangs("charges_total{account=\"a\"} 1\n")}, byMetrics)
		}, "no whole answer within 300ms (timeout)"},
		"http": {func(t *testing.T) shown {
			return onOther(t, &other{spoils: hangs(`{"hits": [{"key": "k"},`)}, byHTTP)
		}, "no whole answer within 300ms (timeout)"},
		"command": {func(*testing.T) shown {
			return shown{"", "fields: {amount: amount}", `from: {command: {run: [sh, -c, ` +
				`'echo "{{}}"; sleep 600 & wait'], timeout: 300ms}}, key: key`, tell}
		}, "sh did not end within 300ms (timeout) and was killed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := attacked(t, tt.show(t), "", invocation{ctx: t.Context(), bubbles: t}, "--out", "none")
			require.Equal(t, exitUnknown, got.code, got.out+got.err)
			require.Contains(t, strings.Join(strings.Fields(got.out), " "), tt.says)
		})
	}
}

// TestSomebodyHasTheAddressOfASink: then nothing is sent, and the line is named.
func TestSomebodyHasTheAddressOfASink(t *testing.T) {
	t.Parallel()
	for word, show := range map[string]func(*testing.T) shown{"psp.listen": received, "mail.smtp": mailed} {
		s := show(t)
		at := strings.Split(s.sinks, `"`)[1]
		l, err := net.Listen("tcp", at)
		require.NoError(t, err)
		got := attacked(t, s, "", invocation{ctx: t.Context(), bubbles: t}, "--out", "none")
		require.NoError(t, l.Close())
		require.Equal(t, exitFailed, got.code, got.out+got.err)
		require.Contains(t, got.err, "opening the sink")
		require.Contains(t, got.err, "write another address in sinks."+word)
	}
}

// TestSecretsOfPlacesAreNowhere: what reads elsewhere is sent its secret, and nobody else sees it,
// whatever comes back.
func TestSecretsOfPlacesAreNowhere(t *testing.T) {
	t.Parallel()
	const secret = "s3cret-of-the-search"
	o := &other{spoils: func(w http.ResponseWriter, r *http.Request) {
		http.Error(w, "no "+r.Header.Get("Authorization"), http.StatusForbidden)
	}}
	leaks := shown{
		"", "fields: {amount: amount}",
		`from: {command: {run: [sh, -c, 'echo "$LEDGER_TOKEN ${{LITERAL_TOKEN}}" >&2; exit 3'], ` +
			`env: {LEDGER_TOKEN: "${SEARCH_TOKEN}", LITERAL_TOKEN: ` + literal + `}}}, key: key`, o.tell,
	}
	leaks.ledger = strings.ReplaceAll(leaks.ledger, "${{LITERAL_TOKEN}}", "$LITERAL_TOKEN")
	for _, s := range []shown{onOther(t, o, byHTTP), leaks} {
		dir := t.TempDir()
		i := invocation{ctx: t.Context(), env: map[string]string{"SEARCH_TOKEN": secret}, bubbles: t}
		got := attacked(t, s, "", i, "--out", dir)
		require.Equal(t, exitUnknown, got.code, got.out+got.err)
		require.Contains(t, got.out, "<redacted>")
		requireNowhere(t, secret, got, dir)
		requireNowhere(t, literal, got, dir)
	}
	require.Equal(t, "Bearer "+secret, o.asked)
}

// TestADryRunNamesThePlaces that would be read, and where sinks would listen.
func TestADryRunNamesThePlaces(t *testing.T) {
	t.Parallel()
	s := received(t)
	s.ledger = strings.ReplaceAll(byHTTP, "URL", "http://127.0.0.1:9201")
	s.of = "resource: account"
	got := attacked(t, s, "", invocation{ctx: t.Context(), bubbles: t}, "--dry-run")
	require.Equal(t, exitValid, got.code, got.err)
	require.Contains(t, got.out, "127.0.0.1:9201, the sink psp at "+strings.Split(s.sinks, `"`)[1])
}

// TestThePageOfPlaces runs its contract against a service that calls a provider and sends mails.
func TestThePageOfPlaces(t *testing.T) {
	page, err := taskpage.Contract(taskPage("elsewhere"))
	require.NoError(t, err)
	for bug, want := range map[string]int{"": exitValid, "loses": exitInvalid} {
		t.Run(bug, func(t *testing.T) {
			t.Parallel()
			psp, mail := received(t), mailed(t)
			places := strings.NewReplacer("127.0.0.1:9300", strings.Split(psp.sinks, `"`)[1],
				"127.0.0.1:2525", strings.Split(mail.sinks, `"`)[1])
			server := httptest.NewServer(&discreet{
				bug: bug, answers: map[string]string{},
				tell: func(c charge) error { return errorsOf(psp.tell(c), mail.tell(c)) },
			})
			t.Cleanup(server.Close)
			got := invoke(t, brief("run", "-f", file(t, "idemcheck.yaml", places.Replace(string(page))),
				"--target", server.URL, "--no-progress", "--out", t.TempDir())...)
			require.Equal(t, want, got.code, got.out+got.err)
		})
	}
}
