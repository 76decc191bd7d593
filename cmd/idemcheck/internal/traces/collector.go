// Package traces shows what a run did in a tracing system: a trace of every operation, with a span
// of every attempt. They are sent to a collector after the run, of its saved history, so that
// nothing is in the way of an attempt.
package traces

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"

	"github.com/idemcheck/idemcheck/chaos/guard"
	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/exit"
	"github.com/idemcheck/idemcheck/model"
)

// Collector takes traces over OTLP/HTTP. Nil takes none.
type Collector struct {
	// at is its URL, without secrets, and unknown why its host has no address; nil where it has one.
	at      string
	unknown error
	client  otlptrace.Client
	within  limits
}

// limits bound what a collector may cost.
type limits struct {
	// look is for finding its address, answer for its answer to a message, all for all of them.
	look, answer, all time.Duration
	// batch is how many spans a message has, a few more at most.
	batch int
}

// usual are the limits of every run.
var usual = limits{
	look: 5 * time.Second, answer: 5 * time.Second, all: 30 * time.Second, batch: 512,
}

// tracesPath is where collectors take traces, unless their URL says otherwise.
const tracesPath = "/v1/traces"

// Open finds a collector by its URL; "" is none. Nothing is sent yet. Only the hosts in allow may
// be public. The error is a mistake of the user; that a collector is down is said later.
func Open(
	ctx context.Context, collector string, allow []string, c *model.Contract,
) (*Collector, error) {
	if collector == "" {
		return nil, nil
	}
	if err := headersRead(); err != nil {
		return nil, exit.Usage(err)
	}
	u, err := parse(collector)
	if err != nil {
		return nil, exit.Usage(fmt.Errorf("reading --otlp: %w\n  next: give the collector's URL, "+
			"such as http://127.0.0.1:4318", err))
	}
	if on := c.Target.RunHeaders; on != nil && !*on {
		return nil, exit.Usage(errors.New("--otlp shows operations under the trace that a service is " +
			"told, and target.run_headers: false tells it none\n  next: leave one of them out"))
	}
	gate := guard.New(guard.Options{Allow: allow})
	within, cancel := context.WithTimeout(ctx, usual.look)
	defer cancel()
	err = gate.Admit(within, u.Hostname())
	if refused, is := errors.AsType[*guard.RefusedError](err); is {
		return nil, exit.Usage(fmt.Errorf("%w, and --otlp sends there what a run did\n"+
			"  next: if that is meant, add --allow-host %s", err, refused.Allow))
	}
	return &Collector{at: u.String(), unknown: err, client: newClient(u, gate), within: usual}, nil
}

// parse reads the URL of a collector.
func parse(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return nil, errors.New("it is not a URL")
	case u.User != nil:
		return nil, errors.New("user and password do not belong into a URL, which reports show: give " +
			"OTEL_EXPORTER_OTLP_HEADERS in the environment")
	case u.Scheme != "http" && u.Scheme != "https", u.Hostname() == "":
		return nil, errors.New("it is no URL of http or https with a host")
	case u.RawQuery != "" || u.Fragment != "":
		return nil, errors.New("it has a query or a fragment, which OTLP does not send")
	case strings.Trim(u.Path, "/") == "":
		u.Path = tracesPath
	}
	return u, nil
}

// headersRead looks at what the environment has for the headers of collectors. The official client
// prints what it cannot read of them, which may be a secret.
func headersRead() error {
	for _, name := range []string{
		"OTEL_EXPORTER_OTLP_HEADERS", "OTEL_EXPORTER_OTLP_TRACES_HEADERS",
	} {
		all := strings.TrimSpace(os.Getenv(name))
		if all == "" {
			continue
		}
		for i, one := range strings.Split(all, ",") {
			header, value, pair := strings.Cut(one, "=")
			if _, err := url.PathUnescape(value); err != nil || !pair || !isName(header) {
				return fmt.Errorf("reading %s: header %d of it cannot be read\n  next: write name=value, "+
					"several with a comma between them, and %%XX for a comma or %% in a value", name, i+1)
			}
		}
	}
	return nil
}

// isName reports whether a text can be the name of a header, with spaces around it.
func isName(text string) bool {
	text = strings.TrimSpace(text)
	return text != "" && !strings.ContainsFunc(text, func(r rune) bool {
		return !strings.ContainsRune("-_.", r) && (r < '0' || r > '9') &&
			(r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	})
}

// newClient makes the official client, which reaches no other host. It does not try again: what is
// slow or down must cost little.
func newClient(u *url.URL, gate *guard.Guard) otlptrace.Client {
	return otlptracehttp.NewClient(
		otlptracehttp.WithEndpointURL(u.String()),
		otlptracehttp.WithRetry(otlptracehttp.RetryConfig{}),
		otlptracehttp.WithHTTPClient(&http.Client{Transport: terse{gate.Transport()}}),
	)
}

// terse makes errors of answers that refuse, or lead elsewhere. Their bodies are not read: nobody
// knows what a collector says in them, and it was sent what may be secret in headers.
type terse struct{ by *http.Transport }

// RoundTrip implements [http.RoundTripper].
func (t terse) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := t.by.RoundTrip(r)
	if err != nil || resp.StatusCode/100 == 2 {
		return resp, err
	}
	return nil, errors.Join(statusError(resp.StatusCode), resp.Body.Close())
}

// CloseIdleConnections lets go of what is open.
func (t terse) CloseIdleConnections() { t.by.CloseIdleConnections() }

// statusError is a status of an answer that refuses.
type statusError int

// Error says the status.
func (e statusError) Error() string {
	return strings.TrimSpace(fmt.Sprintf("it answered %d %s", int(e), http.StatusText(int(e))))
}
