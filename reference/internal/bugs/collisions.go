package bugs

import (
	"fmt"
	"strings"

	"github.com/idemcheck/idemcheck/reference/internal/answer"
	"github.com/idemcheck/idemcheck/reference/internal/operation"
	"github.com/idemcheck/idemcheck/reference/internal/payment"
	"github.com/idemcheck/idemcheck/reference/internal/right"
	"github.com/idemcheck/idemcheck/reference/store"
)

// collisionBugs take operations for one that share a key and look alike.
func collisionBugs() []Bug {
	return []Bug{
		{
			Name: "shared-cache-by-key-and-body",
			Mistake: "A cache in front of all tenants goes by key and body, and answers a tenant with " +
				"what another one got.",
			Rules:  []string{"foreign-replay", "lost-effect", "over-deduplication", "replay-unmarked"},
			Change: func(do *payment.Steps) { do.Find, do.Save = findInSharedCache, saveInSharedCache },
		},
		{
			Name: "shared-cache-by-amount-and-reference",
			Mistake: "All routes share a cache that goes by key, amount and reference, the fields that " +
				"they have in common, so that a refund gets the answer of a charge.",
			Rules:  []string{"over-deduplication", "foreign-replay", "lost-effect"},
			Change: func(do *payment.Steps) { do.Find, do.Settle = findOnAnyRoute, settleForAllRoutes },
		},
		{
			Name: "fingerprint-without-account",
			Mistake: "Its fingerprint leaves out which account is charged, so that the same charge of " +
				"another account under the key is taken for a repeat.",
			Rules:  []string{"payload-mismatch"},
			Change: func(do *payment.Steps) { do.Fingerprint = fingerprintWithoutAccount },
		},
	}
}

// sharedScope is a scope without its tenant, whose quoted name comes first and has no quotes in it.
func sharedScope(scope string) string {
	_, route, _ := strings.Cut(scope, `" `)
	return "cache " + route
}

func findInSharedCache(
	s *payment.Server, r store.Reader, at *payment.Arrival,
) (store.Record, bool, error) {
	record, found, err := right.FindByKey(s, r, at)
	if found || err != nil {
		return record, found, err
	}
	anybodys := *at
	anybodys.Scope = sharedScope(at.Scope)
	anybodys.RecordKey = keyAndBody(at.RecordKey, at.Fingerprint)
	return right.FindByKey(s, r, &anybodys)
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
func inCommon(at *payment.Arrival) string {
	if amount, reference := moneyOf(at.Operation); reference != "" {
		return fmt.Sprintf("%s\n%d %q", at.RecordKey, amount, reference)
	}
	return ""
}

// moneyOf returns what charges, refunds and transfers have in common; of anything else nothing.
func moneyOf(in operation.Input) (amount int64, reference string) {
	switch in := in.(type) {
	case *operation.ChargeInput:
		return in.Amount, in.Reference
	case *operation.RefundInput:
		return in.Amount, in.Reference
	case *operation.TransferInput:
		return in.Amount, in.Reference
	}
	return 0, ""
}

// forAllRoutes is an attempt as the cache of all routes knows it.
func forAllRoutes(at *payment.Arrival) *payment.Arrival {
	known := *at
	known.Scope, known.RecordKey = "all routes of "+at.Tenant, inCommon(at)
	return &known
}

func findOnAnyRoute(
	s *payment.Server, r store.Reader, at *payment.Arrival,
) (store.Record, bool, error) {
	record, found, err := right.FindByKey(s, r, at)
	if found || err != nil || inCommon(at) == "" {
		return record, found, err
	}
	record, found, err = right.FindByKey(s, r, forAllRoutes(at))
	record.Fingerprint = at.Fingerprint // the cache goes by the fields in common and by nothing else
	return record, found, err
}

func settleForAllRoutes(
	s *payment.Server, at *payment.Arrival, decided answer.Response,
) answer.Response {
	if inCommon(at) == "" || !s.Stores(at, decided) {
		return decided
	}
	known := s.RecordOf(forAllRoutes(at), decided)
	if err := s.Update(at, func(tx store.Tx) error { return tx.PutRecord(known) }); err != nil {
		return s.Failed(at, "filling the cache of all routes", err)
	}
	return decided
}

// fingerprintWithoutAccount is over the body, where other services name the account in the path.
func fingerprintWithoutAccount(at *payment.Arrival, body []byte) string {
	in, isCharge := at.Operation.(*operation.ChargeInput)
	if !isCharge {
		return right.Fingerprint(at, body)
	}
	return digest(fmt.Appendf(nil, "%d %q %d", in.Amount, in.Reference, in.Order))
}
