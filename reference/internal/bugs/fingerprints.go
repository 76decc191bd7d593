package bugs

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/idemcheck/idemcheck/reference/internal/answer"
	"github.com/idemcheck/idemcheck/reference/internal/operation"
	"github.com/idemcheck/idemcheck/reference/internal/payment"
	"github.com/idemcheck/idemcheck/reference/internal/right"
	"github.com/idemcheck/idemcheck/reference/internal/variants"
	"github.com/idemcheck/idemcheck/reference/store"
)

// fingerprintBugs see a difference where there is none, or none where there is one.
func fingerprintBugs() []Bug {
	return []Bug{
		{
			Name:    "fingerprint-of-beginning",
			Mistake: "It compares the first 64 bytes of the payload.",
			Rules:   []string{"payload-mismatch"},
			Change:  func(do *payment.Steps) { do.Fingerprint = fingerprintBeginning },
		},
		{
			Name:    "fingerprint-of-headers",
			Mistake: "It compares the headers too, which differ from attempt to attempt.",
			Rules:   []string{"over-deduplication"},
			Change:  func(do *payment.Steps) { do.Fingerprint = fingerprintEverything },
		},
		{
			Name:    "numbers-compared-as-floats",
			Mistake: "It compares parsed payloads, in which large numbers have lost their last digits.",
			Rules:   []string{"payload-mismatch"},
			Change:  func(do *payment.Steps) { do.Fingerprint = fingerprintParsed },
		},
		{
			Name: "fingerprint-of-listed-fields",
			Mistake: "It lists the fields that it compares, and one that was added later is not on the " +
				"list.",
			Rules:  []string{"payload-mismatch"},
			Change: func(do *payment.Steps) { do.Fingerprint = fingerprintOfListed },
		},
		{
			Name:    "same-body-refused",
			Mistake: "It refuses a new key with an earlier body as a duplicate.",
			Rules:   []string{"over-deduplication", "stuck-key"},
			Change: func(do *payment.Steps) {
				do.Find, do.Save = variants.FindByKeyOrBody, variants.SaveByKeyAndBody
				do.Replay = refuseSameBody
			},
		},
	}
}

// beginning is how many bytes of a body some fingerprints look at.
const beginning = 64

func fingerprintBeginning(_ *payment.Arrival, body []byte) string {
	return digest(body[:min(beginning, len(body))])
}

// fingerprintEverything is over the headers too, except for what says who asks.
func fingerprintEverything(at *payment.Arrival, body []byte) string {
	var all bytes.Buffer
	for _, name := range slices.Sorted(maps.Keys(at.Header)) {
		if name != "Authorization" {
			all.WriteString(name + ": " + strings.Join(at.Header[name], ", ") + "\n")
		}
	}
	all.Write(body)
	return digest(all.Bytes())
}

// fingerprintParsed is over the body parsed and written again, so that white space does not matter.
// Numbers become float64 on the way, which is the mistake.
func fingerprintParsed(at *payment.Arrival, body []byte) string {
	var parsed any
	if json.Unmarshal(body, &parsed) != nil { // it was decoded before, so it is JSON
		return right.Fingerprint(at, body)
	}
	return digest(answer.Encode(parsed))
}

// fingerprintOfListed lists the fields of a charge as they were before there was an order.
func fingerprintOfListed(at *payment.Arrival, body []byte) string {
	in, isCharge := at.Operation.(*operation.ChargeInput)
	if !isCharge {
		return right.Fingerprint(at, body)
	}
	return digest(fmt.Appendf(nil, "%q %d %q", in.Account, in.Amount, in.Reference))
}

// refuseSameBody refuses what was found by its body alone.
func refuseSameBody(s *payment.Server, at *payment.Arrival, record store.Record) answer.Response {
	if record.Key == variants.BodyKey(at.Fingerprint) {
		return answer.Problem(answer.KeyInFlight,
			"the same operation was sent before, under another key").Again()
	}
	return right.ReplayStored(s, at, record)
}
