package reference

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/idemcheck/idemcheck/reference/store"
)

const (
	maxBody = 64 << 10
	// workLimit bounds how long an attempt is worked on after its client may have gone.
	workLimit = 30 * time.Second
)

// operation is a validated payload that knows how to be decided.
type operation interface {
	// check says what is wrong with the fields, or returns nil.
	check() *fieldError
	// authorization says what the processor must agree to; nil means nothing.
	authorization(r store.Reader, tenant string) (*Authorization, error)
	// decide reads what it needs and says what should be entered, or why not. All it takes is ids.
	decide(tx store.Tx, tenant string) (decision, error)
}

type fieldError struct{ field, reason string }

// attempt is one POST, read completely and found to be well formed.
type attempt struct {
	request context.Context // ends when the client goes away
	header  http.Header
	ctx     context.Context // does not
	tenant  string
	route   string // method and path
	key     string // as the client sent it, unquoted
	// protected is false for an operation without a usable key, which only a seeded bug lets
	// through.
	protected   bool
	scope       string // what the key is unique in
	recordKey   string // what the key is stored as
	fingerprint string
	operation   operation
	authorize   *Authorization
}

// fullKey names the operation among those of all tenants and routes.
func (at *attempt) fullKey() string { return at.scope + "\n" + at.recordKey }

// operating serves a route of operations.
func (s *Service) operating(empty func() operation) tenantHandler {
	return func(w http.ResponseWriter, r *http.Request, tenant string) {
		at := &attempt{
			request: r.Context(), header: r.Header, tenant: tenant, route: r.Pattern,
			operation: empty(),
		}
		if refusal := s.accept(w, r, at); refusal != nil {
			refusal.write(w)
			return
		}
		ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), workLimit)
		defer cancel()
		at.ctx = ctx
		s.policy.respond(s, w, at, s.resolve(at))
	}
}

// accept fills in the attempt, or says why there is none. Nothing is looked up before all of it is
// known to be well formed.
func (s *Service) accept(w http.ResponseWriter, r *http.Request, at *attempt) (refusal *answer) {
	if at.key, at.protected, refusal = s.policy.key(r.Header); refusal != nil {
		return refusal
	}
	body, refusal := s.policy.body(http.MaxBytesReader(w, r.Body, maxBody))
	if refusal != nil {
		return refusal
	}
	if refusal := s.policy.decode(body, at.operation); refusal != nil {
		return refusal
	}
	at.scope = s.policy.scope(at)
	at.recordKey = s.policy.recordKey(at)
	at.fingerprint = s.policy.fingerprint(at, body)
	return nil
}

// scopeOf keeps tenants and routes apart. The name is quoted so that no tenant's name can end in a
// route.
func scopeOf(at *attempt) string { return strconv.Quote(at.tenant) + " " + at.route }

func readAll(body io.Reader) ([]byte, *answer) {
	data, err := io.ReadAll(body)
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		p := problem(bodyTooLarge, "the body has more than %d bytes", tooLarge.Limit)
		return nil, &p
	case err != nil:
		p := problem(bodyIncomplete, "the body broke off after %d bytes", len(data))
		return nil, &p
	}
	return data, nil
}

func decode(body []byte, into operation) *answer {
	if err := json.Unmarshal(body, into); err != nil {
		p := problem(invalidInput, "the body is not the JSON object expected: %v", err)
		return &p
	}
	return invalid(into.check())
}

func invalid(wrong *fieldError) *answer {
	if wrong == nil {
		return nil
	}
	p := describe(invalidInput, details{
		Detail: fmt.Sprintf("%s %s", wrong.field, wrong.reason), Field: wrong.field,
	})
	return &p
}
