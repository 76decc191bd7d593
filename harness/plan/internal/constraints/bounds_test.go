package constraints

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/fault"
	"github.com/idemcheck/idemcheck/model/value"
)

// copies is a fault that makes several attempts of an operation, from its first one on.
func copies(op string, n int) fault.Fault {
	return fault.Fault{Kind: fault.ConcurrentDuplicate, Operation: op, Attempt: 1, Copies: n}
}

// at is a fault at an attempt of an operation.
func at(kind fault.Kind, op string, attempt int) fault.Fault {
	return fault.Fault{Kind: kind, Operation: op, Attempt: attempt}
}

func TestFaultsStandTogetherOrNot(t *testing.T) {
	for name, tt := range map[string]struct {
		faults []fault.Fault
		want   bool
	}{
		"none": {nil, true},
		"two at two attempts": {
			[]fault.Fault{at(fault.ResponseLost, "a", 1), at(fault.Delay, "a", 2)}, true,
		},
		"two at one attempt": {
			[]fault.Fault{at(fault.ResponseLost, "a", 1), at(fault.Delay, "a", 1)}, false,
		},
		"a partition": {[]fault.Fault{at(fault.Partition, "a", 1)}, true},
		"a partition and a lost answer": {
			[]fault.Fault{at(fault.Partition, "a", 1), at(fault.ResponseLost, "b", 1)}, false,
		},
		"a crash after a lost request": {
			[]fault.Fault{at(fault.RequestLost, "a", 1), at(fault.Crash, "a", 2)}, true,
		},
		"a crash before a lost request": {
			[]fault.Fault{at(fault.Crash, "a", 1), at(fault.RequestLost, "a", 2)}, false,
		},
		"a crash after another's": {
			[]fault.Fault{at(fault.RequestLost, "b", 1), at(fault.Crash, "a", 1)}, false,
		},
		"a disconnect after a lost one": {
			[]fault.Fault{at(fault.RequestLost, "a", 1), at(fault.Disconnect, "a", 2)}, true,
		},
		"a disconnect after an answer": {
			[]fault.Fault{at(fault.ResponseLost, "a", 1), at(fault.Disconnect, "a", 2)}, false,
		},
		"a disconnect after a good one": {[]fault.Fault{at(fault.Disconnect, "a", 2)}, false},
		"copies that cover a later one": {[]fault.Fault{copies("a", 2), at(fault.Delay, "a", 2)}, false},
		"copies before a later one":     {[]fault.Fault{copies("b", 2), at(fault.Delay, "a", 2)}, true},
		"a late arrival and another one": {
			[]fault.Fault{at(fault.LateArrival, "a", 1), at(fault.ResponseLost, "b", 1)}, true,
		},
	} {
		c := twoCharges()
		c.Faults = tt.faults
		require.Equal(t, tt.want, Satisfied(&c), name)
	}
}

func TestOperationsGetTheAttemptsThatFaultsNeed(t *testing.T) {
	for name, tt := range map[string]struct {
		faults []fault.Fault
		last   int
		// repeats says which attempts of the first operation are made whatever the answers.
		repeats []bool
	}{
		"no fault":              {nil, 0, []bool{false, false}},
		"the first":             {[]fault.Fault{at(fault.Delay, "a", 1)}, 1, []bool{true, true}},
		"the second":            {[]fault.Fault{at(fault.Delay, "a", 2)}, 2, []bool{true, true, true}},
		"another operation's":   {[]fault.Fault{at(fault.Delay, "b", 2)}, 0, []bool{false, false}},
		"copies":                {[]fault.Fault{copies("a", 3)}, 3, []bool{true, true, true, true}},
		"one that needs a next": {[]fault.Fault{at(fault.Reorder, "a", 1)}, 2, []bool{true, true, true}},
		"the last counts": {
			[]fault.Fault{at(fault.Delay, "a", 2), at(fault.Delay, "a", 1)}, 2, []bool{true, true, true},
		},
	} {
		c := twoCharges()
		c.Faults = tt.faults
		require.Equal(t, tt.last, LastFault(&c, "a"), name)
		Extend(&c)
		var repeats []bool
		for _, attempt := range c.Operations[0].Attempts {
			repeats = append(repeats, attempt.Repeat)
		}
		require.Equal(t, tt.repeats, repeats, name)
	}
	long := twoCharges()
	long.Faults = []fault.Fault{at(fault.Delay, "a", 1)}
	long.Operations[0].Attempts = make([]model.PlannedAttempt, 4)
	Extend(&long)
	require.Equal(t, []model.PlannedAttempt{{Repeat: true}, {Repeat: true}, {}, {}}, long.Operations[0].Attempts,
		"attempts after the retry stay as they were")
}

// Each row is at the bound; one more is beyond it.
func TestSmallCasesHaveBounds(t *testing.T) {
	wait := value.Duration(100 * time.Millisecond)
	for name, tt := range map[string]struct{ within, beyond func(*model.Case) }{
		"operations": {
			func(c *model.Case) { c.Operations = append(c.Operations, c.Operations...) },
			func(c *model.Case) { c.Operations = append(c.Operations, append(c.Operations, c.Operations[0])...) },
		},
		"faults": {
			func(c *model.Case) { c.Faults = make([]fault.Fault, 4) },
			func(c *model.Case) { c.Faults = make([]fault.Fault, 5) },
		},
		"attempts": {
			func(c *model.Case) { c.Operations[1].Attempts = make([]model.PlannedAttempt, 6) },
			func(c *model.Case) { c.Operations[1].Attempts = make([]model.PlannedAttempt, 7) },
		},
		"waits": {
			func(c *model.Case) { c.Operations[1].Attempts[1].After = wait },
			func(c *model.Case) { c.Operations[1].Attempts[1].After = wait + 1 },
		},
		"seconds to wait": {
			func(c *model.Case) { c.Faults = []fault.Fault{{RetryAfter: "past"}, {RetryAfter: "0"}} },
			func(c *model.Case) { c.Faults = []fault.Fault{{RetryAfter: "past"}, {RetryAfter: "1"}} },
		},
		"a date to wait for": {
			func(c *model.Case) { c.Faults = []fault.Fault{{RetryAfter: ""}} },
			func(c *model.Case) { c.Faults = []fault.Fault{{RetryAfter: "date"}} },
		},
	} {
		within, beyond := twoCharges(), twoCharges()
		tt.within(&within)
		tt.beyond(&beyond)
		require.True(t, IsSmall(&within), name)
		require.False(t, IsSmall(&beyond), name)
	}
}
