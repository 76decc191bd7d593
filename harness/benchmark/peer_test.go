package benchmark_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"

	toxiproxy "github.com/Shopify/toxiproxy/v2/client"
	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/fault"
)

// clientTimeout is when a client gives up, as in the contract of the reference service.
const clientTimeout = 200 * time.Millisecond

// opening is the balance of a fresh account.
const opening = 1000

// peer is the test of retries that one writes by hand today: net/http through one proxy of a
// Toxiproxy server, whose toxics are switched over its HTTP API before and after every attempt. As
// they hold for the whole proxy, it runs one case at a time.
type peer struct {
	service string
	direct  *http.Client
	proxy   *toxiproxy.Proxy
	// cases counts the cases so far, for names that were not used before.
	cases int
}

// runPeer runs a plan, one case after another, and returns how long that took. Every case must
// have met its fault and have passed.
func runPeer(tb testing.TB, api *toxiproxy.Client, plan *model.Plan) time.Duration {
	tb.Helper()
	service := serve(tb)
	defer service.Close()
	proxy, err := api.CreateProxy("service", "127.0.0.1:0", service.Listener.Addr().String())
	require.NoError(tb, err)
	direct := &http.Client{Transport: &http.Transport{}, Timeout: 10 * time.Second}
	defer direct.CloseIdleConnections()
	p := &peer{service: service.URL, direct: direct, proxy: proxy}
	begun := time.Now()
	for i := range plan.Cases {
		p.cases++
		err := p.runCase(&plan.Cases[i])
		require.NoError(tb, err, "case %d (%s)", i, plan.Cases[i].Scenario)
	}
	elapsed := time.Since(begun)
	require.NoError(tb, proxy.Delete())
	return elapsed
}

// charge is the only operation of a case and what its client has seen.
type charge struct {
	*model.PlannedOperation
	account, key string
	body         []byte
	// definite is the first definite answer; nil until there is one.
	definite []byte
}

// runCase makes an account, charges it through the faults, retries until the answer is definite,
// repeats once more, and counts effects and money.
func (p *peer) runCase(c *model.Case) error {
	op := &c.Operations[0]
	o := &charge{
		PlannedOperation: op, account: fmt.Sprintf("account-%d", p.cases),
		key: fmt.Sprintf("key-%d", p.cases),
	}
	o.body = fmt.Appendf(nil, `{"account":%q,"amount":%v,"reference":"reference-%d"}`,
		o.account, op.Args["amount"], p.cases)
	if err := p.open(o.account); err != nil {
		return err
	}
	for i, a := range op.Attempts {
		time.Sleep(a.After.Std())
		if err := p.underFaults(o, c.FaultsAt(op.ID, i+1)); err != nil {
			return err
		}
	}
	if err := p.settle(o); err != nil {
		return err
	}
	return p.check(o)
}

// open makes an account.
func (p *peer) open(account string) error {
	body := fmt.Appendf(nil, `{"id":%q,"name":%q,"currency":"EUR","balance":%d}`,
		account, account, opening)
	status, answer, err := post(p.direct, p.service+"/v1/accounts", "open-"+account, body)
	if err == nil && status != http.StatusCreated {
		err = fmt.Errorf("answered %d: %s", status, answer)
	}
	if err != nil {
		return fmt.Errorf("opening an account: %w", err)
	}
	return nil
}

// underFaults makes one attempt while faults are switched on.
func (p *peer) underFaults(o *charge, faults []fault.Fault) error {
	for _, f := range faults {
		if err := p.switchOn(f); err != nil {
			return fmt.Errorf("switching %s on: %w", f.Kind, err)
		}
	}
	answered, err := p.attempt(o)
	for _, f := range faults {
		if err := p.proxy.RemoveToxic(string(f.Kind)); err != nil {
			return fmt.Errorf("switching %s off: %w", f.Kind, err)
		}
		if answered != (f.Kind == fault.Delay) {
			return fmt.Errorf("%s did not happen", f.Kind)
		}
	}
	return err
}

// attempt makes one attempt through the proxy and reports whether it was answered. Its transport is
// fresh, so that the toxics hold for it from its first byte, and so that net/http does not send it
// twice.
func (p *peer) attempt(o *charge) (answered bool, err error) {
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport, Timeout: clientTimeout}
	status, answer, err := post(client, "http://"+p.proxy.Listen+"/v1/charges", o.key, o.body)
	switch {
	case err != nil:
		return false, nil // lost, as planned
	case status == http.StatusConflict:
		return true, nil // an attempt before it is still at work
	case status != http.StatusCreated:
		return true, fmt.Errorf("answered %d: %s", status, answer)
	case o.definite == nil:
		o.definite = answer
	case !bytes.Equal(o.definite, answer):
		return true, fmt.Errorf("answered %s after %s", answer, o.definite)
	}
	return true, nil
}

// settle retries until the answer is definite, and repeats the operation once more.
func (p *peer) settle(o *charge) error {
	for n := 0; o.definite == nil; n++ {
		if n == 10 {
			return fmt.Errorf("no definite answer after %d attempts without faults", n)
		}
		time.Sleep(time.Duration(n) * 5 * time.Millisecond)
		if _, err := p.attempt(o); err != nil {
			return err
		}
	}
	_, err := p.attempt(o)
	return err
}

// check counts the effects of the account and its money.
func (p *peer) check(o *charge) error {
	var ledger struct {
		Effects []struct{ Kind, Key string }
	}
	if err := p.get("/v1/effects?account="+o.account, &ledger); err != nil {
		return err
	}
	counts := map[string]int{}
	for _, e := range ledger.Effects {
		counts[e.Kind+" "+e.Key]++
	}
	if len(counts) != 2 || counts["charge "+o.key] != 1 || counts["receipt "+o.key] != 1 {
		return fmt.Errorf("the ledger has %v", counts)
	}
	var account struct{ Balance json.Number }
	if err := p.get("/v1/accounts/"+o.account, &account); err != nil {
		return err
	}
	balance, err := account.Balance.Int64()
	if err != nil || fmt.Sprint(opening-balance) != fmt.Sprint(o.Args["amount"]) {
		return fmt.Errorf("the balance is %s, the charge was %v", account.Balance, o.Args["amount"])
	}
	return nil
}

// get reads JSON from the service, without the proxy.
func (p *peer) get(path string, into any) error {
	r, err := http.NewRequest(http.MethodGet, p.service+path, http.NoBody)
	if err != nil {
		return err
	}
	status, answer, err := do(p.direct, r)
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("answered %d: %s", status, answer)
	}
	if err == nil {
		err = json.Unmarshal(answer, into)
	}
	if err != nil {
		return fmt.Errorf("reading %s: %w", path, err)
	}
	return nil
}

func post(client *http.Client, to, key string, body []byte) (int, []byte, error) {
	r, err := http.NewRequest(http.MethodPost, to, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	label(r, key)
	return do(client, r)
}

// label says what the body is, and whose.
func label(r *http.Request, key string) {
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Idempotency-Key", `"`+key+`"`)
}

func do(client *http.Client, r *http.Request) (int, []byte, error) {
	r.Header.Set("Authorization", "Bearer alpha-token")
	response, err := client.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	return response.StatusCode, answer, err
}
