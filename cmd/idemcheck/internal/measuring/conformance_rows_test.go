package measuring

import (
	"net/http"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/subject"
	"github.com/idemcheck/idemcheck/harness"
	"github.com/idemcheck/idemcheck/harness/conformance"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/reference"
	"github.com/idemcheck/idemcheck/reference/memory"
)

// front stands before a service: it may change a request, answer it, or hand it on.
type front func(w http.ResponseWriter, r *http.Request, service http.Handler)

// rightOne is a right service over a memory.
func rightOne(t *testing.T) subject.KnownService {
	t.Helper()
	all, err := subject.Variants()
	require.NoError(t, err)
	i := slices.IndexFunc(all, func(s subject.KnownService) bool { return s.Name == "ietf-memory" })
	require.GreaterOrEqual(t, i, 0)
	return all[i]
}

// rowBehind is a row of the catalogue, of a right service that has something before it. The change may
// be nil.
func rowBehind(t *testing.T, row string, made func() front, change func(*model.Contract)) conformance.Row {
	t.Helper()
	s := rightOne(t)
	promised, err := inMemory{t}.promised(s)
	require.NoError(t, err)
	if change != nil {
		change(promised)
	}
	place := harness.Virtual(t, harness.Handler(func(env *harness.Env) http.Handler {
		service, err := reference.New(reference.Options{
			Store: harness.Keep(env, "store", memory.New), Variant: s.Variant,
		})
		if err != nil {
			return nil
		}
		before := made()
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { before(w, r, service) })
	}))
	table, err := conformance.Run(t.Context(), conformance.Options{
		Contract: promised, Place: place, Parallel: 1,
	})
	require.NoError(t, err)
	i := slices.IndexFunc(table.Rows, func(r conformance.Row) bool { return r.Name == row })
	require.GreaterOrEqual(t, i, 0, "%v", table.Verdict.Reasons)
	return table.Rows[i]
}

const keyHeader = "Idempotency-Key"

// keyed hands a request on with another key.
func keyed(change func(key string) string) front {
	return func(w http.ResponseWriter, r *http.Request, service http.Handler) {
		if key := strings.Trim(r.Header.Get(keyHeader), `"`); key != "" {
			r.Header.Set(keyHeader, `"`+change(key)+`"`)
		}
		service.ServeHTTP(w, r)
	}
}

// refusing answers keys that hold a text, or are long; with the status 0 it hangs up.
func refusing(text string, status int) front {
	return func(w http.ResponseWriter, r *http.Request, service http.Handler) {
		if key := r.Header.Get(keyHeader); text != "" && strings.Contains(key, text) || len(key) > 1000 {
			if status == 0 {
				panic(http.ErrAbortHandler)
			}
			w.WriteHeader(status)
			return
		}
		service.ServeHTTP(w, r)
	}
}

// cut is a text up to another one.
func cut(before string) func(string) string {
	return func(key string) string { key, _, _ = strings.Cut(key, before); return key }
}

// TestOddAndHugeKeys: a service may refuse them with any 4xx. It may not fail or hang, nor take one for
// another.
func TestOddAndHugeKeys(t *testing.T) {
	clean := func(key string) string { return strings.TrimPrefix(path.Clean(key), "/") }
	for name, tt := range map[string]struct {
		row    string
		before front
		want   conformance.Status
	}{
		"quotes are refused":       {"odd-keys", refusing("'", 400), conformance.Kept},
		"they are forbidden":       {"odd-keys", refusing("'", 403), conformance.Kept},
		"they are unprocessable":   {"odd-keys", refusing("'", 422), conformance.Kept},
		"they send elsewhere":      {"odd-keys", refusing("..", 301), conformance.Kept},
		"long keys are too large":  {"huge-keys", refusing("", 431), conformance.Kept},
		"long keys are hung up on": {"huge-keys", refusing("", 0), conformance.Kept},
		"quotes are hung up on":    {"odd-keys", refusing("'", 0), conformance.Violated},
		"quotes fail":              {"odd-keys", refusing("'", 500), conformance.Violated},
		"long keys fail":           {"huge-keys", refusing("", 500), conformance.Violated},
		"a comment of SQL":         {"odd-keys", keyed(cut("'")), conformance.Violated},
		"a path that is cleaned":   {"odd-keys", keyed(clean), conformance.Violated},
		"a text of C":              {"odd-keys", keyed(cut("%00")), conformance.Violated},
		"a format":                 {"odd-keys", keyed(cut("%s")), conformance.Violated},
		"a header that is decoded": {"odd-keys", keyed(cut("%0d%0a")), conformance.Violated},
		"a column that cuts off": {
			"huge-keys", keyed(func(key string) string { return key[:min(len(key), 255)] }),
			conformance.Violated,
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := rowBehind(t, tt.row, func() front { return tt.before }, nil)
			require.Equal(t, tt.want, got.Status, "%+v", got)
			require.Positive(t, got.Cases)
			require.Zero(t, got.Undecided)
		})
	}
}

// guarded lets in who has the right credentials. One that stores keeps the 401 under the key.
func guarded(stores bool) front {
	stored := map[string]bool{}
	return func(w http.ResponseWriter, r *http.Request, service http.Handler) {
		key := r.Header.Get(keyHeader)
		wrong := strings.Contains(r.Header.Get("Authorization"), "wrong")
		if wrong || key != "" && stored[key] {
			stored[key] = stored[key] || stores
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		service.ServeHTTP(w, r)
	}
}

// TestStrangers: who is not let in leaves nothing under a key.
func TestStrangers(t *testing.T) {
	for name, tt := range map[string]struct {
		made func() front
		want conformance.Status
	}{
		"it stores nothing": {func() front { return guarded(false) }, conformance.Kept},
		"it stores the 401": {func() front { return guarded(true) }, conformance.Violated},
		"it lets all in": {func() front {
			return func(w http.ResponseWriter, r *http.Request, service http.Handler) {
				if strings.Contains(r.Header.Get("Authorization"), "wrong") {
					r.Header.Set("Authorization", "Bearer alpha-token")
				}
				service.ServeHTTP(w, r)
			}
		}, conformance.Untried},
	} {
		t.Run(name, func(t *testing.T) {
			got := rowBehind(t, "stranger", tt.made, func(c *model.Contract) {
				c.Tenants = map[string]model.Tenant{"alpha": c.Tenants["alpha"]}
			})
			require.Equal(t, tt.want, got.Status, "%+v", got)
			require.GreaterOrEqual(t, got.Cases, 3)
			require.Zero(t, got.Undecided)
		})
	}
}
