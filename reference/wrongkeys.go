package reference

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/idemcheck/idemcheck/reference/store"
)

// beginning is how many bytes of a body some fingerprints look at.
const beginning = 64

func digest(of []byte) string {
	sum := sha256.Sum256(of)
	return hex.EncodeToString(sum[:])
}

func fingerprintBeginning(_ *attempt, body []byte) string {
	return digest(body[:min(beginning, len(body))])
}

// fingerprintEverything is over the headers too, except for what says who asks.
func fingerprintEverything(at *attempt, body []byte) string {
	var all bytes.Buffer
	for _, name := range slices.Sorted(maps.Keys(at.header)) {
		if name != "Authorization" {
			all.WriteString(name + ": " + strings.Join(at.header[name], ", ") + "\n")
		}
	}
	all.Write(body)
	return digest(all.Bytes())
}

// fingerprintParsed is over the body parsed and written again, so that white space does not matter.
// Numbers become float64 on the way, which is the mistake.
func fingerprintParsed(at *attempt, body []byte) string {
	var parsed any
	if json.Unmarshal(body, &parsed) != nil { // it was decoded before, so it is JSON
		return fingerprint(at, body)
	}
	return digest(encode(parsed))
}

// oneLine takes one of several header lines before the key is read.
func oneLine(choose func([]string) string) func(http.Header) (string, bool, *answer) {
	return func(header http.Header) (key string, protected bool, refusal *answer) {
		if lines := header.Values("Idempotency-Key"); len(lines) > 1 {
			header = http.Header{"Idempotency-Key": {choose(lines)}}
		}
		return requireKey(header)
	}
}

func firstLine(lines []string) string { return lines[0] }

func lastLine(lines []string) string { return lines[len(lines)-1] }

// acceptBareKey also takes a key without quotes.
func acceptBareKey(header http.Header) (key string, protected bool, refusal *answer) {
	lines := header.Values("Idempotency-Key")
	if len(lines) == 1 && lines[0] != "" && strings.Trim(lines[0], idCharacters) == "" {
		return lines[0], true, nil
	}
	return requireKey(header)
}

// rawKey is the header as it stands, with the quotes that it may have.
func rawKey(at *attempt) string { return at.header.Get("Idempotency-Key") }

func foldKey(at *attempt) string { return strings.ToLower(at.key) }

func trimKey(at *attempt) string { return strings.TrimSpace(at.key) }

// scopeWithoutMethod keeps paths apart, and not the methods on them.
func scopeWithoutMethod(at *attempt) string {
	right := *at
	_, right.route, _ = strings.Cut(at.route, " ")
	return scopeOf(&right)
}

// refuseSameBody refuses what was found by its body alone.
func refuseSameBody(s *Service, at *attempt, record store.Record) answer {
	if record.Key == bodyKey(at.fingerprint) {
		return problem(keyInFlight, "the same operation was sent before, under another key").again()
	}
	return replayStored(s, at, record)
}

// scopeForAll looks keys up for all tenants at once; fingerprintWithTenant then tells them apart.
func scopeForAll(at *attempt) string { return at.route }

func fingerprintWithTenant(at *attempt, body []byte) string {
	return at.tenant + " " + fingerprint(at, body)
}

// showOtherTenants explains a conflict between tenants with the answer that is in the way.
func showOtherTenants(at *attempt, record store.Record) answer {
	if strings.HasPrefix(record.Fingerprint, at.tenant+" ") {
		return refuseMismatch(at, record)
	}
	return showOriginal(at, record)
}

// hashKey is the hash that Java has for strings: 32 bits, and easy to meet twice.
func hashKey(at *attempt) string {
	var hash uint32
	for _, c := range []byte(at.key) {
		hash = 31*hash + uint32(c)
	}
	return strconv.FormatUint(uint64(hash), 16)
}

// fingerprintOfListed lists the fields of a charge as they were before there was an order.
func fingerprintOfListed(at *attempt, body []byte) string {
	in, isCharge := at.operation.(*chargeInput)
	if !isCharge {
		return fingerprint(at, body)
	}
	return digest(fmt.Appendf(nil, "%q %d %q", in.Account, in.Amount, in.Reference))
}
