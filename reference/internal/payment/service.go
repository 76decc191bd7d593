package payment

import (
	"net/http"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/idemcheck/idemcheck/reference/internal/answer"
	"github.com/idemcheck/idemcheck/reference/internal/operation"
)

// Server is the payment service: an http.Handler. Make one with New. It starts no goroutines.
type Server struct {
	Options Options // with the defaults filled in; to read only
	steps   Steps
	handler http.Handler
	claims  *gate        // at most one attempt per key at a time
	slots   *gate        // at most Options.Slots operations per account at the processor
	swept   atomic.Int64 // when expired keys were last swept, in nanoseconds since 1970
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// tenantHandler serves one route for the tenant that the bearer token names.
type tenantHandler func(w http.ResponseWriter, r *http.Request, tenant string)

type endpoint struct {
	pattern string // method, space, path
	serve   tenantHandler
}

func (s *Server) endpoints() []endpoint {
	show := views{s.Options.Store, s.Options.Log}
	return []endpoint{
		{
			"POST /v1/accounts",
			s.operating(func() operation.Input { return &operation.AccountInput{} }),
		},
		{"GET /v1/accounts/{id}", show.account},
		{"POST /v1/charges", s.operating(func() operation.Input { return &operation.ChargeInput{} })},
		{"PATCH /v1/charges", s.operating(func() operation.Input { return &operation.BatchInput{} })},
		{"GET /v1/charges/{id}", show.charge},
		{"POST /v1/refunds", s.operating(func() operation.Input { return &operation.RefundInput{} })},
		{
			"POST /v1/transfers",
			s.operating(func() operation.Input { return &operation.TransferInput{} }),
		},
		{"GET /v1/effects", show.effects},
	}
}

func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		answer.Shown(struct {
			Status string `json:"status"`
		}{"ok"}).Write(w)
	})
	mux.HandleFunc("GET /problems", answer.ServeProblems)
	allowed := map[string][]string{}
	for _, e := range s.endpoints() {
		mux.HandleFunc(e.pattern, s.authenticated(e.serve))
		method, path, _ := strings.Cut(e.pattern, " ")
		allowed[path] = append(allowed[path], method)
	}
	for path, methods := range allowed {
		mux.HandleFunc(path, s.authenticated(refuseMethod(methods)))
	}
	mux.HandleFunc("/", s.authenticated(refusePath))
	return mux
}

func (s *Server) authenticated(serve tenantHandler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		tenant := s.Options.Tenants[token]
		if !strings.EqualFold(scheme, "Bearer") || tenant == "" {
			answer.Problem(answer.Unauthorized, "the Authorization header names no tenant").Write(w)
			return
		}
		serve(w, r, tenant)
	}
}

func refuseMethod(allowed []string) tenantHandler {
	slices.Sort(allowed)
	return func(w http.ResponseWriter, r *http.Request, _ string) {
		refusal := answer.Problem(answer.MethodNotAllowed, "%s does not take %s", r.URL.Path, r.Method)
		refusal.Allow = strings.Join(allowed, ", ")
		refusal.Write(w)
	}
}

func refusePath(w http.ResponseWriter, r *http.Request, _ string) {
	answer.Problem(answer.NotFound, "there is nothing at %s", r.URL.Path).Write(w)
}
