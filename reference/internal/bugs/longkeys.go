package bugs

import (
	"time"

	"github.com/idemcheck/idemcheck/reference/internal/keyheader"
	"github.com/idemcheck/idemcheck/reference/internal/payment"
	"github.com/idemcheck/idemcheck/reference/internal/processor"
	"github.com/idemcheck/idemcheck/reference/internal/right"
)

// longKeyBugs do not take every key that the contract lets clients send.
func longKeyBugs() []Bug {
	return []Bug{
		{
			Name:    "key-cut-at-128",
			Mistake: "Its column for keys takes 128 characters, and the database cuts longer ones.",
			Rules:   []string{"over-deduplication"},
			Change:  func(do *payment.Steps) { do.RecordKey = cutKeyAt128 },
		},
		{
			Name: "prefixed-key-cut",
			Mistake: "It puts tenant and route in front of the key, and the column of 255 characters " +
				"cuts the end of the longest keys.",
			Rules:  []string{"over-deduplication"},
			Change: func(do *payment.Steps) { do.RecordKey = prefixAndCutKey },
		},
		{
			Name: "long-key-never-answered",
			Mistake: "Its column for keys takes 50 characters; the error about a longer one is taken for " +
				"a conflict, and tried again for as long as the client waits.",
			Rules:  []string{"stuck-key"},
			Change: func(do *payment.Steps) { do.Claim = claimUntilItFits },
		},
	}
}

func cutKeyAt128(at *payment.Arrival) string { return at.Key[:min(128, len(at.Key))] }

// prefixAndCutKey makes one name of everything that a key is unique in.
func prefixAndCutKey(at *payment.Arrival) string {
	name := at.Scope + " " + at.Key
	return name[:min(keyheader.MaxLength, len(name))]
}

const (
	// keyColumn is how many characters some columns for keys take.
	keyColumn = 50
	// fitPoll is how often an insert is tried again that cannot succeed.
	fitPoll = 10 * time.Millisecond
)

// claimUntilItFits tries again to insert what does not fit into the column.
func claimUntilItFits(s *payment.Server, at *payment.Arrival) (release func(), ok bool, err error) {
	for len(at.Key) > keyColumn {
		if err := processor.Pause(at.Request, fitPoll); err != nil {
			return nil, false, err
		}
	}
	return right.ClaimInProcess(s, at)
}
