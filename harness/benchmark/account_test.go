package benchmark_test

import (
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/reference"
)

func found(attempts int) hunt { return hunt{Found: true, Attempts: attempts, Sent: 10 * attempts} }
func missed() hunt            { return hunt{Attempts: 100} }

func TestStateGoesOnWhereItWasInterrupted(t *testing.T) {
	path, want := filepath.Join(t.TempDir(), "state"), settings{100, 3}
	peers, ours := side{of: (*detection).byPeer}, side{of: (*detection).byOurs}
	first := openState(t, path, want)
	require.NoError(t, first.add(detection{settings: want, Bug: "a", Peer: []hunt{found(3)}}))
	require.NoError(t, os.WriteFile(path, append(read(t, path), "\n{\"attempts\":1"...), 0o644))
	again := openState(t, path, want)
	require.True(t, again.has("a", peers))
	require.False(t, again.has("a", ours))
	require.False(t, again.has("b", peers))
	require.NoError(t, again.add(detection{settings: want, Bug: "a", Ours: []hunt{missed()}}))
	both := []detection{{settings: want, Bug: "a", Peer: []hunt{found(3)}, Ours: []hunt{missed()}}}
	for _, s := range []*state{again, openState(t, path, want)} {
		require.Equal(t, both, s.of([]string{"b", "a"}), "a line that broke off takes no other with it")
	}
	require.False(t, openState(t, path, settings{200, 3}).has("a", peers), "it was measured otherwise")
	again.finish(t)
	require.NoFileExists(t, path)
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	return text
}

func TestTheCounterexampleIsNotCountedTwice(t *testing.T) {
	y := &tally{byRun: map[ranCase]int{}}
	two := []model.Event{{Kind: model.Invoke}, {Kind: model.Return}, {Kind: model.Invoke}}
	for _, h := range []model.History{
		{Case: 0, Run: 1, Events: two},
		{Case: 1, Run: 1, Events: two},
		{Case: 1, Run: 2, Events: two[:1]},
		{Case: 2, Run: 1, Events: two},
		{Case: 1, Run: 2, Events: two}, // as counterexample
	} {
		require.NoError(t, y.Save(&h))
	}
	p := &model.Plan{Cases: make([]model.Case, 3)}
	require.Equal(t, 5, y.until(p, 1), "but a case that was run again is")
	p.Cases[0].Resources = []model.Resource{{Type: "account"}, {Type: "charge"}}
	require.Equal(t, 6, y.until(p, 1), "a charge that is there to be refunded is an attempt too")
}

func TestStandingsTakeTheHuntInTheMiddle(t *testing.T) {
	results := []detection{
		{Bug: "both", Peer: []hunt{found(40), found(9), found(20)}, Ours: []hunt{found(2), found(4), missed()}},
		{Bug: "slow", Peer: []hunt{found(5)}, Ours: []hunt{found(15)}},
		{Bug: "ours", Peer: []hunt{missed()}, Ours: []hunt{found(7)}},
		{Bug: "peer", Peer: []hunt{found(7)}, Ours: []hunt{missed()}},
		{Bug: "lucky", Peer: []hunt{found(7), missed(), missed()}, Ours: []hunt{missed()}},
	}
	got := sum(standings(results))
	require.Equal(t, []float64{0.2, 3}, got.ratios)
	require.Equal(t, "slow", got.worst.bug)
	require.Equal(t, summary{
		bugs: 5, byPeer: 3, byOurs: 3, onlyOurs: []string{"ours"}, onlyPeer: []string{"peer"},
		slower: []string{"slow (3.00)"}, trivial: []string{"slow"}, ratios: got.ratios, strict: got.strict,
		worst: got.worst,
	}, got)
	text := (&page{settings: settings{100, 3}, results: results}).text()
	require.Contains(t, text, "| both | 20 | 4 | 0.20 |")
	require.Contains(t, text, "| ours | not found in 100 | 7 |  |")
	require.Contains(t, text, "Only the peer finds: peer.")
}

func TestOperationTakesOneDefiniteAnswer(t *testing.T) {
	o := &operation{kind: "charge"}
	definite, err := o.take(http.StatusConflict, nil, false)
	require.NoError(t, err)
	require.False(t, definite)
	definite, err = o.take(http.StatusCreated, []byte("a"), false)
	require.NoError(t, err)
	require.True(t, definite)
	for status, answer := range map[int]string{
		http.StatusCreated: "b", http.StatusAccepted: "a", http.StatusPaymentRequired: "a",
		http.StatusBadRequest: "a",
	} {
		_, err = o.take(status, []byte(answer), false)
		require.Error(t, err, "%d %s", status, answer)
	}
	_, err = o.take(http.StatusBadRequest, nil, true)
	require.NoError(t, err, "a toxic may have broken the body off")
}

func TestHeldOutBugsAreThere(t *testing.T) {
	for _, name := range slices.Concat(heldOut(), heldOutLater()) {
		is := func(b reference.Bug) bool { return b.Name == name }
		require.True(t, slices.ContainsFunc(reference.Bugs(), is), name)
	}
}
