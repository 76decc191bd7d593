package reference

import (
	"fmt"
	"net/http"
	"time"

	"github.com/idemcheck/idemcheck/reference/store"
)

// Bug is one mistake that a service can be set up with. All of them show over HTTP alone, given the
// right repeats, races, disconnects or other clients.
type Bug struct {
	// Name is what Options.Bug takes.
	Name string
	// Mistake is one sentence on what the service does wrong.
	Mistake string
	// Rules are the identifiers of the rules that it breaks, the most telling one first.
	Rules []string
	// change turns the right steps into the wrong ones.
	change func(*policy)
}

// Bugs lists the seeded bugs in the order in which they are best explained.
func Bugs() []Bug {
	return append(append(append(lookupBugs(), commitBugs()...), identityBugs()...), answerBugs()...)
}

// lookupBugs do not keep a second attempt out.
func lookupBugs() []Bug {
	return []Bug{
		{
			"key-ignored", "It never looks the key up.",
			[]string{"key-ignored", "duplicate-effect"},
			func(p *policy) { p.find, p.save = findNothing, overwrite },
		},
		{
			"check-then-act",
			"It looks the key up, executes, then stores, and nothing holds a second attempt back.",
			[]string{"duplicate-effect", "in-flight-execution"},
			func(p *policy) { p.claim, p.save = claimNothing, overwrite },
		},
		{
			"in-progress-never-recovers",
			"It stores the key as in progress and never clears that when the client goes away.",
			[]string{"stuck-key"},
			func(p *policy) {
				p.claim, p.find, p.save = claimInStore, findDecided, overwrite
				p.working = stopWithClient
			},
		},
		{
			"in-flight-accepted",
			"It answers 202 to a duplicate of an operation whose outcome it does not know yet.",
			[]string{"in-flight-execution"},
			func(p *policy) { p.inFlight = acceptInFlight },
		},
		{
			"key-expires-early", "It forgets keys after one second.",
			[]string{"duplicate-effect", "key-ignored", "early-expiry"},
			func(p *policy) {
				p.lifetime = func(time.Duration) time.Duration { return time.Second }
			},
		},
	}
}

// commitBugs do not make effect, key and answer one thing.
func commitBugs() []Bug {
	return []Bug{
		{
			"effect-before-key",
			"It commits the effect first and stores the key only once the answer could be written.",
			[]string{"duplicate-effect"},
			func(p *policy) { p.commit, p.respond = commitWithoutKey, writeThenStoreKey },
		},
		{
			"claim-dropped-on-disconnect",
			"It drops the key when it notices, after the effect, that the client has gone.",
			[]string{"duplicate-effect"},
			func(p *policy) { p.settle = dropWhenClientGone },
		},
		{
			"claim-dropped-on-error",
			"It hands the receipt to the mailer after the effect; when that fails, it answers " +
				"500 and drops the key.",
			[]string{"duplicate-effect", "in-flight-execution"},
			func(p *policy) { p.settle = dropWhenMailerFails },
		},
		{
			"transfer-in-two-transactions",
			"It commits debit and credit of a transfer apart, with work in between that stops " +
				"when the client goes away.",
			[]string{"partial-effect", "non-linearizable", "state-divergence"},
			func(p *policy) { p.commit = commitInTwo },
		},
		{
			"refused-yet-executed", "It enters the effect before it checks for funds and refuses.",
			[]string{"phantom-effect", "state-divergence"},
			func(p *policy) { p.enter = enterThenRefuse },
		},
		{
			"truncated-body-executed",
			"It executes whatever fields arrived when the body breaks off.",
			[]string{"orphan-effect", "phantom-effect", "state-divergence"},
			func(p *policy) { p.body, p.decode = readWhatCame, salvage },
		},
	}
}

// identityBugs confuse operations with one another.
func identityBugs() []Bug {
	return []Bug{
		{
			"key-not-scoped-by-tenant",
			"It takes another tenant's operation of the same key for a repeat.",
			[]string{"foreign-replay", "lost-effect", "over-deduplication"},
			func(p *policy) { p.scope = func(at *attempt) string { return at.route } },
		},
		{
			"key-not-scoped-by-route",
			"It takes the same key on another route for the same operation.",
			[]string{"over-deduplication", "foreign-replay"},
			func(p *policy) { p.scope = func(at *attempt) string { return at.tenant } },
		},
		{
			"payload-not-fingerprinted", "It replays the first answer whatever the payload.",
			[]string{"payload-mismatch"},
			func(p *policy) { p.fingerprint = func([]byte) string { return "" } },
		},
		{
			"key-truncated", "It cuts keys to 64 characters, so that long keys run together.",
			[]string{"over-deduplication"},
			func(p *policy) { p.recordKey = cutKey },
		},
		{
			"same-body-deduplicated", "It takes a new key with an earlier body for a repeat.",
			[]string{"over-deduplication"},
			func(p *policy) { p.find, p.save = findByKeyOrBody, saveByKeyAndBody },
		},
		{
			"missing-key-accepted",
			"It executes without a key, or with a malformed one, unprotected.",
			[]string{"key-required"},
			func(p *policy) { p.key = acceptAnyKey },
		},
	}
}

// answerBugs execute once and then say or do something wrong.
func answerBugs() []Bug {
	return []Bug{
		{
			"replay-shows-current-state", "It renders the current balance into a replay.",
			[]string{"divergent-replay"},
			func(p *policy) { p.replay = replayCurrentState },
		},
		{
			"transient-error-replayed",
			"It stores and replays 503, and stops working when the client goes away.",
			[]string{"error-caching"},
			func(p *policy) {
				p.keep = func(answer) bool { return true }
				p.working = stopWithClient
			},
		},
		{
			"refusal-not-stored", "It does not store refusals, so that a repeat may be executed.",
			[]string{"error-caching", "replay-unmarked"},
			func(p *policy) { p.keep = func(a answer) bool { return a.decided && a.status < 400 } },
		},
		{
			"receipt-on-replay", "It sends the receipt again with each replay.",
			[]string{"side-effect-of-replay"},
			func(p *policy) { p.replay = replayWithReceipt },
		},
		{
			"mismatch-leaks-answer", "It shows the stored answer when it refuses another payload.",
			[]string{"conflict-leak"},
			func(p *policy) { p.mismatch = showOriginal },
		},
		{
			"empty-replay", "It replays the status without the body.",
			[]string{"hollow-answer", "divergent-replay"},
			func(p *policy) { p.replay = replayStatusOnly },
		},
		{
			"marker-missing", "It does not mark replays as such.",
			[]string{"replay-unmarked"},
			func(p *policy) { p.replay = replayUnmarked },
		},
	}
}

// policyFor returns the steps of the service with the named bug, or the right ones for no name.
func policyFor(name string) (policy, error) {
	p := rightPolicy()
	if name == "" {
		return p, nil
	}
	nearest, least := "", len(name)+100
	for _, bug := range Bugs() {
		distance := editDistance(name, bug.Name)
		if distance == 0 {
			bug.change(&p)
			return p, nil
		}
		if distance < least {
			nearest, least = bug.Name, distance
		}
	}
	return policy{}, fmt.Errorf("there is no seeded bug %q; did you mean %q?", name, nearest)
}

// editDistance counts the characters to insert, delete or replace to turn a into b.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replaced := diagonal
			if a[i] != b[j] {
				replaced++
			}
			diagonal = row[j+1]
			row[j+1] = min(replaced, diagonal+1, row[j]+1)
		}
	}
	return row[len(b)]
}

func overwrite(tx store.Tx, r store.Record) error { return tx.PutRecord(r) }

func acceptInFlight() answer {
	a := shown(struct {
		Status string `json:"status"`
	}{"accepted"})
	a.status = http.StatusAccepted
	return a
}
