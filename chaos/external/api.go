package external

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/idemcheck/idemcheck/chaos/guard"
	"github.com/idemcheck/idemcheck/chaos/upstream"
)

// api is what we use of a Toxiproxy server's HTTP API. Toxiproxy's own client cannot be given a
// transport: it follows redirects, and takes proxies from the environment.
type api struct {
	base   string
	client http.Client
}

// proxy is a proxy on the server.
type proxy struct {
	Name     string `json:"name"`
	Listen   string `json:"listen"`
	Upstream string `json:"upstream"`
	Enabled  bool   `json:"enabled"`
	api      *api
}

// maxAPIAnswer bounds an answer of the server: it lists the proxies of all its users.
const maxAPIAnswer = 16 << 20

func newAPI(address string, dial upstream.Dial) *api {
	if !strings.Contains(address, "://") {
		address = "http://" + address
	}
	return &api{strings.TrimSuffix(address, "/"), http.Client{
		Transport: &http.Transport{DialContext: dial}, CheckRedirect: guard.NoRedirect,
		Timeout: apiTimeout,
	}}
}

// close closes idle connections.
func (a *api) close() { a.client.CloseIdleConnections() }

// version asks whether the server is there.
func (a *api) version() error { return a.do(http.MethodGet, "/version", nil, nil) }

// has asks whether there is a proxy of a name.
func (a *api) has(name string) error {
	return a.do(http.MethodGet, (&proxy{Name: name}).path(), nil, nil)
}

// proxies lists all proxies by name, those of others too.
func (a *api) proxies() (map[string]*proxy, error) {
	var out map[string]*proxy
	err := a.do(http.MethodGet, "/proxies", nil, &out)
	for name, p := range out {
		if p == nil {
			return nil, fmt.Errorf("the proxy %q is described by nothing", name)
		}
		p.Name, p.api = name, a
	}
	return out, err
}

// create makes a proxy and learns where it listens.
func (a *api) create(name, listen, upstream string) (*proxy, error) {
	p := &proxy{Name: name, Listen: listen, Upstream: upstream, Enabled: true, api: a}
	return p, a.do(http.MethodPost, "/proxies", p, p)
}

func (p *proxy) path() string { return "/proxies/" + url.PathEscape(p.Name) }

func (p *proxy) disable() error {
	p.Enabled = false
	return p.api.do(http.MethodPost, p.path(), p, nil)
}

func (p *proxy) delete() error { return p.api.do(http.MethodDelete, p.path(), nil, nil) }

// toxic is a toxic as the server's API takes it.
type toxic struct {
	Name       string         `json:"name"`
	Type       string         `json:"type"`
	Stream     string         `json:"stream"`
	Toxicity   float32        `json:"toxicity"`
	Attributes map[string]any `json:"attributes"`
}

func (p *proxy) add(t toxic) error {
	return p.api.do(http.MethodPost, p.path()+"/toxics", t, nil)
}

// do sends in as JSON, unless it is nil, and reads the answer into out, unless that is nil.
func (a *api) do(method, path string, in, out any) error {
	var sent bytes.Buffer
	if in != nil {
		if err := json.NewEncoder(&sent).Encode(in); err != nil {
			return fmt.Errorf("encoding what is sent to %s: %w", path, err)
		}
	}
	req, err := http.NewRequest(method, a.base+path, &sent)
	if err != nil {
		return err
	}
	req.Header.Set("User-Agent", "idemcheck")
	req.Header.Set("Content-Type", "application/json")
	resp, err := a.client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAPIAnswer))
	if err != nil {
		return fmt.Errorf("reading the answer to %s %s: %w", method, path, err)
	}
	if resp.StatusCode/100 != 2 {
		return fmt.Errorf("%s %s answered %d: %s", method, path, resp.StatusCode, reason(body))
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(body, out); err != nil {
		return fmt.Errorf("reading the answer to %s %s: %w", method, path, err)
	}
	return nil
}

// reason is what the server says of a refusal, escaped and not too long.
func reason(body []byte) string {
	var said struct {
		Error string `json:"error"`
	}
	text := string(body)
	if json.Unmarshal(body, &said) == nil && said.Error != "" {
		text = said.Error
	}
	const enough = 200
	return fmt.Sprintf("%.*q", enough, text)
}
