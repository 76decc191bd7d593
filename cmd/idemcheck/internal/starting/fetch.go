package starting

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/idemcheck/idemcheck/chaos/guard"
)

// Bounds of what is fetched.
const (
	maxDocument = 32 << 20
	maxFetch    = 30 * time.Second
)

// document reads the OpenAPI document that the user named, and returns its URL if it has one.
func document(ctx context.Context, g Given) (data []byte, base string, err error) {
	if !strings.HasPrefix(g.OpenAPI, "http://") && !strings.HasPrefix(g.OpenAPI, "https://") {
		data, err = os.ReadFile(g.OpenAPI)
		if err != nil {
			return nil, "", fmt.Errorf("reading the OpenAPI document: %w\n  next: correct --openapi", err)
		}
		return data, "", nil
	}
	u, err := url.Parse(g.OpenAPI)
	if err != nil || u.Host == "" {
		return nil, "", fmt.Errorf("the URL of --openapi cannot be read\n  next: write it in full")
	}
	// The user names this very host, so it may be reached wherever it is.
	data, err = fetch(ctx, u, append([]string{u.Hostname()}, g.AllowHost...))
	if err != nil {
		return nil, "", fmt.Errorf("fetching the OpenAPI document: %w\n"+
			"  next: correct --openapi, or save the document and name the file", err)
	}
	return data, u.String(), nil
}

func fetch(ctx context.Context, u *url.URL, allowed []string) ([]byte, error) {
	ctx, stop := context.WithTimeout(ctx, maxFetch)
	defer stop()
	gate := guard.New(guard.Options{Allow: allowed})
	if err := gate.Admit(ctx, u.Hostname()); err != nil {
		return nil, err
	}
	client := &http.Client{Transport: gate.Transport(), CheckRedirect: guard.NoRedirect}
	defer client.CloseIdleConnections()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, err
	}
	answer, err := client.Do(request)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s answered %s", u.Redacted(), answer.Status)
	}
	return io.ReadAll(io.LimitReader(answer.Body, maxDocument+1))
}
