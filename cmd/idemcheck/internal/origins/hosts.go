package origins

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os/exec"
	"slices"
	"time"

	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/exit"
	"github.com/idemcheck/idemcheck/harness/observe/command"
	"github.com/idemcheck/idemcheck/harness/observe/elsewhere"
	"github.com/idemcheck/idemcheck/harness/observe/remote"
	"github.com/idemcheck/idemcheck/harness/observe/sink"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/source"
)

// Hosts are those that would be read besides the service, and where sinks would listen. The
// contract is resolved; nothing is looked up.
func Hosts(c *model.Contract) []string {
	var out []string
	all := placesOf(c)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if u, err := url.Parse(urlOf(all[name].origin)); err == nil && u.Host != "" {
			out = append(out, u.Host)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.Sinks)) {
		s := c.Sinks[name]
		out = append(out, "the sink "+name+" at "+s.Listen+s.SMTP)
	}
	return slices.Compact(out)
}

// urlOf is where a place is read over HTTP; "" where it is not.
func urlOf(o *source.Origin) string {
	switch {
	case o.Metrics != nil:
		return o.Metrics.URL
	case o.HTTP != nil:
		return o.HTTP.URL
	}
	return ""
}

// openMetrics reads samples of an admitted host.
func openMetrics(ctx context.Context, o *Opened, p place) (elsewhere.ItemReader, error) {
	via, err := o.transport(ctx, p.origin.Metrics.URL, p.line+".metrics.url")
	if err != nil {
		return nil, err
	}
	return remote.Metrics(*p.origin.Metrics, via), nil
}

// openHTTP reads a list of an admitted host.
func openHTTP(ctx context.Context, o *Opened, p place) (elsewhere.ItemReader, error) {
	via, err := o.transport(ctx, p.origin.HTTP.URL, p.line+".http.url")
	if err != nil {
		return nil, err
	}
	return remote.Items(*p.origin.HTTP, via), nil
}

// transport sends to the host of a URL, if it may be reached.
func (o *Opened) transport(ctx context.Context, at, line string) (http.RoundTripper, error) {
	u, err := url.Parse(at)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, exit.Usage(fmt.Errorf("%s is no URL of HTTP\n  next: write one with its scheme and "+
			"host, such as http://127.0.0.1:9200/charges", line))
	}
	if err := o.way.Admit(ctx, u.Hostname(), line); err != nil {
		return nil, err
	}
	out := &http.Transport{
		DialContext: o.way.Dial, MaxIdleConnsPerHost: 16, IdleConnTimeout: 30 * time.Second,
		MaxResponseHeaderBytes: 256 << 10,
	}
	o.closers = append(o.closers, func() error {
		out.CloseIdleConnections()
		return nil
	})
	return out, nil
}

// openCommand reads what a program prints, which must be there.
func openCommand(_ context.Context, _ *Opened, p place) (elsewhere.ItemReader, error) {
	c := *p.origin.Command
	if _, err := exec.LookPath(c.Run[0]); err != nil {
		return nil, exit.Usage(fmt.Errorf("finding the program of %s.command: %w\n  next: correct "+
			"%s.command.run, whose first word is a program", p.line, err, p.line))
	}
	return command.Items(c), nil
}

// openSinks begins to listen where the contract says.
func openSinks(ctx context.Context, o *Opened, sinks map[string]source.Sink) error {
	for _, name := range slices.Sorted(maps.Keys(sinks)) {
		h, err := sink.Open(ctx, name, sinks[name])
		if err != nil {
			line := "listen"
			if sinks[name].SMTP != "" {
				line = "smtp"
			}
			return fmt.Errorf("%w\n  next: end what listens there, or write another address in "+
				"sinks.%s.%s", err, name, line)
		}
		o.sinks[name] = h
		o.closers = append(o.closers, h.Close)
	}
	return nil
}

// openSink reads what a sink received.
func openSink(_ context.Context, o *Opened, p place) (elsewhere.ItemReader, error) {
	h, listens := o.sinks[p.origin.Sink.Name]
	if !listens {
		return nil, fmt.Errorf("%s names no sink that listens", p.line)
	}
	return h.Items(*p.origin.Sink)
}
