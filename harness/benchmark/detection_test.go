package benchmark_test

import (
	"cmp"
	"fmt"
	"net/http/httptest"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	toxiproxy "github.com/Shopify/toxiproxy/v2/client"
	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/reference"
)

// What BenchmarkDetection reads from the environment.
const (
	// pageVariable names the page to write. Without it the benchmark is skipped: it takes long.
	pageVariable = "IDEMCHECK_DETECTION"
	// stateVariable names the file that keeps what was measured until all is.
	stateVariable = "IDEMCHECK_DETECTION_STATE"
	// Attempts of a hunt at most, hunts of a bug that is found, hunts of the peer side by side, and
	// the bugs to hunt (names with commas between them; all when empty).
	attemptsVariable = "IDEMCHECK_PEER_ATTEMPTS"
	seedsVariable    = "IDEMCHECK_PEER_SEEDS"
	parallelVariable = "IDEMCHECK_PEER_PARALLEL"
	bugsVariable     = "IDEMCHECK_PEER_BUGS"
)

const (
	defaultState = "../../bench-detection.jsonl"
	// controlSeeds and controlAttempts are how often and how long both sides run against the right
	// service, where they must find nothing.
	controlSeeds, controlAttempts = 5, 2000
	// right is the name of the service without a bug.
	right = "right"
)

// settings are what results must have in common to be compared.
type settings struct {
	Attempts int `json:"attempts"`
	Seeds    int `json:"seeds"`
}

// hunt is one search for a bug: how many attempts it took, or that it was not found in so many.
type hunt struct {
	Found    bool `json:"found"`
	Attempts int  `json:"attempts"`
	// Sent is how many attempts had been sent by all cases side by side, those of the warm-up
	// included, when the first violation was known; ours only.
	Sent int `json:"sent,omitempty"`
	// By is the rule or the assertion.
	By string `json:"by,omitempty"`
}

// within drops what was found beyond the limit: the last sequence or case may go on there. A false
// alarm is one wherever it comes.
func (h hunt) within(bug string, limit int) hunt {
	if h.Attempts > limit && bug != right {
		return hunt{Attempts: limit}
	}
	return h
}

// detection is what both sides made of a bug, a hunt for each seed. A side that does not find it with
// the first seed is not asked again.
type detection struct {
	settings

	Bug  string `json:"bug"`
	Peer []hunt `json:"peer"`
	Ours []hunt `json:"ours"`
}

func (d *detection) byPeer() *[]hunt { return &d.Peer }
func (d *detection) byOurs() *[]hunt { return &d.Ours }

// side is one of the two that are compared. Ours hunts one bug after another, because a run has many
// cases side by side; each hunt of the peer does one thing at a time and mostly waits.
type side struct {
	name     string
	parallel int
	hunt     func(bug string, seed, limit int) (hunt, error)
	of       func(*detection) *[]hunt
}

// comparison is one run of the benchmark.
type comparison struct {
	settings

	testing.TB

	api *toxiproxy.Client
	// plans are ours, by seed from 1.
	plans []*model.Plan
	state *state
}

// BenchmarkDetection compares attempts until a seeded bug is found: by the harness over the wire
// world, and by a rapid state machine with retries through one stock Toxiproxy, which counts rows
// at the end. It can be interrupted: what was measured is kept in a file until all is.
func BenchmarkDetection(b *testing.B) {
	path := os.Getenv(pageVariable)
	if path == "" {
		b.Skipf("set %s to the page to write; make bench-detection does", pageVariable)
	}
	for b.Loop() {
		c := &comparison{
			settings: settings{number(b, attemptsVariable, 20_000), number(b, seedsVariable, 5)},
			TB:       b, api: startToxiproxy(b),
		}
		c.state = openState(b, cmp.Or(os.Getenv(stateVariable), defaultState), c.settings)
		for seed := range max(c.Seeds, controlSeeds) {
			c.plans = append(c.plans, catalogued(b, seed+1, c.Attempts))
		}
		bugs, left := wanted(b)
		all := append([]string{right}, bugs...)
		c.all(all, side{"the peer", number(b, parallelVariable, 6), c.huntPeer, (*detection).byPeer})
		c.all(all, side{"ours", 1, c.huntOurs, (*detection).byOurs})
		results := c.state.of(bugs)
		(&page{settings: c.settings, results: results, left: left}).write(b, path)
		save(b, figures(results))
		c.state.finish(b)
	}
}

// number reads a number above zero from the environment.
func number(tb testing.TB, variable string, otherwise int) int {
	tb.Helper()
	text := os.Getenv(variable)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	require.NoError(tb, err, variable)
	require.Positive(tb, n, variable)
	return n
}

// wanted lists the bugs to hunt, and those that are left out with the reason.
func wanted(tb testing.TB) (bugs []string, left []string) {
	tb.Helper()
	chosen := strings.FieldsFunc(os.Getenv(bugsVariable), func(r rune) bool { return r == ',' })
	for _, b := range reference.Bugs() {
		why := unfit(b)
		switch {
		case len(chosen) > 0 && !slices.Contains(chosen, b.Name):
		case why != "":
			left = append(left, fmt.Sprintf("%s (%s)", b.Name, why))
		default:
			bugs = append(bugs, b.Name)
		}
	}
	require.NotEmpty(tb, bugs, "%s names no bug that can be hunted", bugsVariable)
	return bugs, left
}

// unfit says why a bug cannot be hunted over the wire by the contract of the reference service.
func unfit(b reference.Bug) string {
	if b.Variant != "" {
		return "of variant " + b.Variant
	}
	// What is said about a bug in fields that not every version has.
	for field, why := range map[string]string{"Needs": "needs %v", "HeldOut": "held out: %v"} {
		said := reflect.ValueOf(b).FieldByName(field)
		if said.IsValid() && !said.IsZero() {
			return fmt.Sprintf(why, said)
		}
	}
	return ""
}

// all hunts bugs by one side, some side by side.
func (c *comparison) all(bugs []string, by side) {
	next := make(chan string)
	var wg sync.WaitGroup
	for range by.parallel {
		wg.Go(func() {
			for bug := range next {
				if err := c.one(bug, by); err != nil {
					c.Errorf("hunting %s by %s: %v", bug, by.name, err)
				}
			}
		})
	}
	for _, bug := range bugs {
		if !c.Failed() && !c.state.has(bug, by) {
			next <- bug
		}
	}
	close(next)
	wg.Wait()
	require.False(c, c.Failed())
}

// one hunts a bug by one side and keeps what came of it. In the right service nothing may be found.
func (c *comparison) one(bug string, by side) error {
	seeds, limit := c.Seeds, c.Attempts
	if bug == right {
		seeds, limit = controlSeeds, min(controlAttempts, c.Attempts)
	}
	hunts, err := repeatedly(bug, seeds, func(seed int) (hunt, error) { return by.hunt(bug, seed, limit) })
	if err != nil {
		return err
	}
	c.Logf("%s by %s: %v", bug, by.name, hunts)
	for _, h := range hunts {
		if bug == right && h.Found {
			return fmt.Errorf("a false alarm: %s", h.By)
		}
	}
	d := detection{settings: c.settings, Bug: bug}
	*by.of(&d) = hunts
	return c.state.add(d)
}

// repeatedly hunts with one seed after another. A bug that the first does not find is not hunted
// again; the right service always is.
func repeatedly(bug string, seeds int, once func(seed int) (hunt, error)) ([]hunt, error) {
	var out []hunt
	for seed := 1; seed <= seeds; seed++ {
		h, err := once(seed)
		if err != nil {
			return nil, err
		}
		out = append(out, h)
		if seed == 1 && !h.Found && bug != right {
			break
		}
	}
	return out, nil
}

// start starts a service with a bug. It is the caller's to close.
func start(bug string) (*httptest.Server, error) {
	if bug == right {
		bug = ""
	}
	service, err := reference.New(reference.Options{Work: work, Bug: bug})
	if err != nil {
		return nil, err
	}
	return httptest.NewServer(service), nil
}

// huntPeer runs the state machine against a service of its own.
func (c *comparison) huntPeer(bug string, seed, limit int) (hunt, error) {
	service, err := start(bug)
	if err != nil {
		return hunt{}, err
	}
	defer service.Close()
	b, err := newBench(c.api, fmt.Sprintf("%s-%d", bug, seed), service.Listener.Addr().String())
	if err != nil {
		return hunt{}, err
	}
	_, b.batches = parse(c).Operations["batch"]
	complaint, broken := b.hunt(seed, limit)
	out := hunt{Attempts: int(b.attempts.Load()), Found: complaint != nil}
	if complaint != nil {
		out.By = fmt.Sprintf("%.300v", complaint)
	}
	return out.within(bug, limit), cmp.Or(broken, b.close())
}

// huntOurs runs the plan of a seed against a service of its own. The right service gets the cases
// that its limit allows.
func (c *comparison) huntOurs(bug string, seed, limit int) (hunt, error) {
	service, err := start(bug)
	if err != nil {
		return hunt{}, err
	}
	defer service.Close()
	plan := c.plans[seed-1]
	if limit < c.Attempts {
		plan = catalogued(c, seed, limit)
	}
	out, err := huntOurs(c, service.URL, plan)
	return out.within(bug, limit), err
}
