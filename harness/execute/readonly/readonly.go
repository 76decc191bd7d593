// Package readonly reads what a contract reads, and sends nothing that may change anything.
package readonly

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/idemcheck/idemcheck/chaos/upstream"
	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/harness/internal/mask"
	"github.com/idemcheck/idemcheck/harness/internal/signin"
	"github.com/idemcheck/idemcheck/harness/observe"
	"github.com/idemcheck/idemcheck/model"
)

// Reading is what came of reading one thing.
type Reading struct {
	// What is read, and As whom ("" without tenants).
	What, As string
	// Err is why it could not be read; "" when it was.
	Err string
	// Unsent reports whether nothing was sent for it: it needs the id of a resource, or a message that
	// may change something.
	Unsent bool
}

// Inspection says what is read, and by whom.
type Inspection struct {
	// Contract has its environment references resolved; Secrets are values that no error shows.
	Contract *model.Contract
	Secrets  []string
	// HTTP sends; it is given GET and HEAD only.
	HTTP http.RoundTripper
	// Known are ids of resources that exist, by type: their states and ledgers are read too.
	Known map[string]string
}

// Read reads every ledger and every state of a contract that can be read, as every tenant. The
// error is of the contract; what cannot be read is said of each reading.
func Read(ctx context.Context, s Inspection) ([]Reading, error) {
	base, err := upstream.Base(s.Contract.Target)
	if err != nil {
		return nil, fmt.Errorf("finding the target: %w", err)
	}
	if _, err := contract.Compile(s.Contract); err != nil {
		return nil, fmt.Errorf("compiling the contract: %w", err)
	}
	hidden := mask.New(s.Contract, s.Secrets)
	client := &observe.Client{
		Contract: s.Contract, Base: base, Mask: hidden,
		Client:   observe.NewHTTPClient(reader{s.HTTP}),
		Sessions: signin.New(s.Contract, base, hidden.Learn),
	}
	var out []Reading
	for _, tenant := range s.Contract.TenantNames() {
		for _, one := range s.readings(ctx, client, tenant) {
			one.Err, one.As = hidden.Text(one.Err), tenant
			out = append(out, one)
		}
	}
	return out, nil
}

// readings reads as one tenant.
func (s Inspection) readings(ctx context.Context, by *observe.Client, tenant string) []Reading {
	o := observe.New(by, []string{tenant})
	for _, typ := range slices.Sorted(maps.Keys(s.Known)) {
		o.Resources = append(o.Resources, &observe.Instance{
			Resource: model.Resource{Name: typ, Type: typ}, Tenant: tenant,
			ID: s.Known[typ], Prefix: typ, Unique: s.Known[typ],
		})
	}
	failed := map[string]string{}
	for _, e := range o.Look(ctx, nil) {
		if e.Kind == model.Unreadable {
			failed[e.Name] = e.Err
		}
	}
	var out []Reading
	for _, name := range s.sights() {
		one := Reading{What: name, Err: failed[name]}
		if typ := s.lacks(name); typ != "" {
			one.Err = fmt.Sprintf("it needs an id: --resource %s=ID", typ)
			one.Unsent = true
		}
		one.Unsent = one.Unsent || strings.Contains(one.Err, notRead)
		out = append(out, one)
	}
	return out
}

// The names that an observer gives to what it reads of a resource.
const ledgersOf, stateOf = "the ledger of ", "the state of "

// sights lists what a contract reads.
func (s Inspection) sights() []string {
	c, seen := s.Contract, map[string]bool{}
	for name, l := range c.Ledgers {
		if l.Per == "" {
			seen["ledger "+name] = true
		} else {
			seen[ledgersOf+l.Per] = true
		}
	}
	for name, r := range c.Resources {
		if r.Read != nil && len(r.State) > 0 {
			seen[stateOf+name] = true
		}
	}
	return slices.Sorted(maps.Keys(seen))
}

// lacks is the type of resource whose id is missing for a reading, or "".
func (s Inspection) lacks(name string) string {
	for _, of := range []string{ledgersOf, stateOf} {
		if typ, found := strings.CutPrefix(name, of); found && s.Known[typ] == "" {
			return typ
		}
	}
	return ""
}

// notRead is what the error of a message that was not sent says.
const notRead = "was not sent: it may change something"

// reader sends what changes nothing.
type reader struct{ by http.RoundTripper }

// RoundTrip implements [http.RoundTripper].
func (r reader) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Method != http.MethodGet && req.Method != http.MethodHead {
		return nil, fmt.Errorf("%s %s %s", req.Method, req.URL.Path, notRead)
	}
	return r.by.RoundTrip(req)
}
