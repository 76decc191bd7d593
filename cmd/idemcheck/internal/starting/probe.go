package starting

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/idemcheck/idemcheck/chaos/guard"
	"github.com/idemcheck/idemcheck/harness/contract/guess"
	"github.com/idemcheck/idemcheck/harness/contract/shown"
)

// Bounds of one answer that is learnt from.
const (
	maxAnswer = 4 << 20
	maxWait   = 30 * time.Second
)

// probe sends each request of examples once, and notes the answers: first what makes things, then
// the operations with a key that nobody used, then the lists.
func probe(ctx context.Context, x guess.Examples, allowed []string) error {
	gate := guard.New(guard.Options{Allow: allowed})
	client := &http.Client{
		Transport: gate.Transport(), CheckRedirect: guard.NoRedirect, Timeout: maxWait,
	}
	defer client.CloseIdleConnections()
	for _, e := range x.Operations {
		guess.Rekey(e, "idemcheck-"+rand.Text())
	}
	for _, e := range slices.Concat(x.Creates, x.Operations, x.Ledgers) {
		u, err := url.Parse(e.URL)
		if err != nil {
			return fmt.Errorf("a line has no URL that can be sent to\n  next: write it in full")
		}
		if err := gate.Admit(ctx, u.Hostname()); err != nil {
			return fmt.Errorf("%w\n  next: name it with --allow-host, or leave out --probe", err)
		}
		if err := send(ctx, client, e); err != nil {
			return fmt.Errorf("%s %s cannot be sent: %w\n"+
				"  next: start the service, or leave out --probe", e.Method, u.Redacted(), err)
		}
	}
	return nil
}

// send sends a request and notes its answer.
func send(ctx context.Context, client *http.Client, e *shown.Call) error {
	if len(e.Parts) > 0 {
		e.Notes = append(e.Notes, "a multipart form was not sent")
		return nil
	}
	request, err := http.NewRequestWithContext(ctx, e.Method, e.URL, strings.NewReader(e.Body))
	if err != nil {
		return err
	}
	for _, h := range e.Headers {
		value := h.Value
		if strings.Contains(value, "${") {
			value = os.ExpandEnv(value)
		}
		if !strings.EqualFold(h.Name, "Accept-Encoding") { // ours is undone on the way back
			request.Header.Add(h.Name, value)
		}
	}
	answer, err := client.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
	if err != nil {
		return err
	}
	e.Reply = &shown.Returned{Status: answer.StatusCode, Body: string(body)}
	return nil
}
