package network

import (
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/chaos"
	"github.com/idemcheck/idemcheck/model/fault"
	"github.com/idemcheck/idemcheck/model/value"
)

// timed are the kinds of faults whose evidence is a difference of times.
func timed() []fault.Fault {
	span := value.Duration(10 * time.Millisecond)
	return []fault.Fault{
		{Kind: fault.LateArrival, Span: span},
		{Kind: fault.Delay, Mode: fault.Upstream, Span: span},
		{Kind: fault.Delay, Mode: fault.Downstream, Span: span},
		{Kind: fault.Slow, Mode: fault.SlowClose, Span: span},
		{Kind: fault.Slow, Mode: fault.Bandwidth, BytesPerSecond: 1000},
	}
}

// strange matches a negative duration, and one that was counted from no time at all.
var strange = regexp.MustCompile(`-\d|\d{6}h`)

// TestNoStrangeDurations: whatever was seen or not, and in whichever order, the evidence of a fault
// says nothing about times that were not, and such a fault did not fire.
func TestNoStrangeDurations(t *testing.T) {
	t0 := time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC)
	moments := []time.Time{{}, t0, t0.Add(time.Second)}
	pick := func(n *int) time.Time {
		m := moments[*n%len(moments)]
		*n /= len(moments)
		return m
	}
	for n := range 6561 { // three to the number of moments
		rest := n
		evidence := evidence{
			wrote: pick(&rest), arrived: pick(&rest), forwarded: pick(&rest), firstRead: pick(&rest),
			lastRead: pick(&rest), left: pick(&rest), tapEnded: pick(&rest), ended: pick(&rest),
			answerSize: 218, outcome: chaos.Completion{Err: "timeout"},
		}
		for _, sent := range moments {
			evidence.hits = []*hit{{sent: sent}}
			for _, read := range []int{0, 100} {
				evidence.read = read
				for _, f := range timed() {
					s := &session{log: evidenceLog{s: evidence}}
					_, detail := s.fired(f)
					require.NotRegexp(t, strange, detail, "%s %s: %+v", f.Kind, f.Mode, evidence)
				}
			}
		}
	}
}

func TestEvidenceOfTimes(t *testing.T) {
	at := func(ms int) time.Time { return time.Unix(100, 0).Add(time.Duration(ms) * time.Millisecond) }
	gone := chaos.Completion{Err: "timeout"}
	faults := timed()
	for _, c := range []struct {
		fault    fault.Fault
		evidence evidence
		fired    bool
		detail   string
	}{
		{
			faults[0],
			evidence{ended: at(1), hits: []*hit{{sent: at(3)}}},
			true, "arrived 2ms after the client gave up",
		},
		{
			faults[0],
			evidence{hits: []*hit{{sent: at(3)}}},
			false,
			"the request arrived while the client was waiting",
		},
		{faults[1], evidence{wrote: at(1), arrived: at(12)}, true, "the request took 11ms"},
		{faults[2], evidence{forwarded: at(9), firstRead: at(3)}, false, "the answer was not delayed"},
		{faults[3], evidence{forwarded: at(1), left: at(1), tapEnded: at(20)}, true, "the close took 19ms"},
		{faults[3], evidence{tapEnded: at(20)}, false, "the service did not see the client leave"},
		{
			faults[4],
			evidence{answerSize: 218, outcome: gone, forwarded: at(1), ended: at(101)},
			true,
			"0 of 218 bytes in 100ms",
		},
		{
			faults[4],
			evidence{answerSize: 218, outcome: gone, forwarded: at(800), ended: at(25)},
			false,
			"0 of 218 bytes, and the client did not wait for them: the client saw timeout",
		},
		{
			faults[4],
			evidence{answerSize: 218, read: 50, forwarded: at(8), lastRead: at(2)},
			false,
			"50 of 218 bytes, none of them slowed down",
		},
	} {
		fired, detail := (&session{log: evidenceLog{s: c.evidence}}).fired(c.fault)
		require.Equal(t, c.detail, detail)
		require.Equal(t, c.fired, fired, detail)
	}
}
