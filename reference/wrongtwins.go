package reference

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/idemcheck/idemcheck/reference/store"
)

// sharedScope is a scope without its tenant, whose quoted name comes first and has no quotes in it.
func sharedScope(scope string) string {
	_, route, _ := strings.Cut(scope, `" `)
	return "cache " + route
}

func findInSharedCache(s *Service, r store.Reader, at *attempt) (store.Record, bool, error) {
	record, found, err := findByKey(s, r, at)
	if found || err != nil {
		return record, found, err
	}
	anybodys := *at
	anybodys.scope = sharedScope(at.scope)
	anybodys.recordKey = keyAndBody(at.recordKey, at.fingerprint)
	return findByKey(s, r, &anybodys)
}

func saveInSharedCache(tx store.Tx, r store.Record) error {
	if err := tx.InsertRecord(r); err != nil {
		return err
	}
	r.Scope, r.Key = sharedScope(r.Scope), keyAndBody(r.Key, r.Fingerprint)
	return tx.PutRecord(r)
}

// inCommon is the key with the fields that all routes have on which money moves; "" is for the
// other routes.
func inCommon(at *attempt) string {
	var amount int64
	var reference string
	switch in := at.operation.(type) {
	case *chargeInput:
		amount, reference = in.Amount, in.Reference
	case *refundInput:
		amount, reference = in.Amount, in.Reference
	case *transferInput:
		amount, reference = in.Amount, in.Reference
	default:
		return ""
	}
	return fmt.Sprintf("%s\n%d %q", at.recordKey, amount, reference)
}

// forAllRoutes is an attempt as the cache of all routes knows it.
func forAllRoutes(at *attempt) *attempt {
	known := *at
	known.scope, known.recordKey = "all routes of "+at.tenant, inCommon(at)
	return &known
}

func findOnAnyRoute(s *Service, r store.Reader, at *attempt) (store.Record, bool, error) {
	record, found, err := findByKey(s, r, at)
	if found || err != nil || inCommon(at) == "" {
		return record, found, err
	}
	record, found, err = findByKey(s, r, forAllRoutes(at))
	record.Fingerprint = at.fingerprint // the cache goes by the fields in common and by nothing else
	return record, found, err
}

func settleForAllRoutes(s *Service, at *attempt, decided answer) answer {
	if inCommon(at) == "" || !s.stores(at, decided) {
		return decided
	}
	known := s.recordOf(forAllRoutes(at), decided)
	if err := s.update(at, func(tx store.Tx) error { return tx.PutRecord(known) }); err != nil {
		return s.failed(at, "filling the cache of all routes", err)
	}
	return decided
}

// fingerprintWithoutAccount is over the body, where other services name the account in the path.
func fingerprintWithoutAccount(at *attempt, body []byte) string {
	in, isCharge := at.operation.(*chargeInput)
	if !isCharge {
		return fingerprint(at, body)
	}
	return digest(fmt.Appendf(nil, "%d %q %d", in.Amount, in.Reference, in.Order))
}

func cutKeyAt128(at *attempt) string { return at.key[:min(128, len(at.key))] }

// prefixAndCutKey makes one name of everything that a key is unique in.
func prefixAndCutKey(at *attempt) string {
	name := at.scope + " " + at.key
	return name[:min(maxKey, len(name))]
}

// acceptEmptyKey asks for the header and then for what is in it.
func acceptEmptyKey(header http.Header) (key string, protected bool, refusal *answer) {
	lines := header.Values("Idempotency-Key")
	if len(lines) == 1 && strings.Trim(lines[0], `" `) == "" {
		return "", false, nil
	}
	return requireKey(header)
}

// undefinedKey is what JavaScript makes of a header that is not there.
func undefinedKey(header http.Header) (key string, protected bool, refusal *answer) {
	key, protected, refusal = bareKey("Idempotency-Key", maxKey)(header)
	if !protected && refusal == nil {
		return "undefined", true, nil
	}
	return key, protected, refusal
}
