package enumerate

import (
	"fmt"
	"slices"

	"github.com/idemcheck/idemcheck/harness/plan/scenario"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/fault"
	"github.com/idemcheck/idemcheck/model/value"
)

// arrangement says how many operations a small case has and how they meet.
type arrangement int

const (
	// apart are operations of different types that never meet, each with the same faults: several
	// cases of one operation at the cost of one.
	apart arrangement = iota
	// allInTurn are operations of all types by one client on the same resources.
	allInTurn
	// inTurn are two operations by one client, sideBySide two by two clients, both on the same
	// resources. Twins come side by side, or else in turn.
	inTurn
	sideBySide
)

// The depths that candidates may have: below all others is that of each scenario's simplest.
const (
	Simplest = -1
	maxDepth = 128
)

// Candidate is one of the smallest cases before its arguments are drawn.
type Candidate struct {
	// Scenario is the one it belongs to, with the types of the candidate's operations.
	Scenario    scenario.Scenario
	arrangement arrangement
	// style is the key's, where the shape has several; differs is all that two payloads of one key
	// differ in, where that is little.
	style   model.KeyStyle
	differs string
	faults  []fault.Fault
	repeats int
	// Depth is how far it is from the simplest candidate of its scenario: later kinds, ways, types,
	// attempts and second operations each add to it.
	Depth int
	// priority and tieBreak order candidates of one depth.
	priority, tieBreak int
	// written is its key; "" before it was written.
	written string
}

// key identifies what is tried: candidates with one key are the same case. The dice of the case
// depend on it.
func (c *Candidate) key() string {
	if c.written != "" {
		return c.written
	}
	return fmt.Sprint(c.Scenario.DiceName(), c.Scenario.Types, c.arrangement, c.style, c.differs,
		inKey(c.faults), c.repeats)
}

// keyed are the parameters of a fault that keys are made of. How long a pause lasts follows from
// the contract; were it here, every seed would give other plans than it always gave.
type keyed struct {
	Kind            fault.Kind
	Link, Operation string
	Attempt         int
	Phase           fault.Phase
	Mode            fault.Mode
	PerMille        int
	Span            value.Duration
	Point           string
	Copies          int
	BytesPerSecond  int
	SliceBytes      int
	Status          int
	RetryAfter      string
}

func inKey(faults []fault.Fault) []keyed {
	out := make([]keyed, len(faults))
	for i, f := range faults {
		out[i] = keyed{
			f.Kind, f.Link, f.Operation, f.Attempt, f.Phase, f.Mode, f.PerMille, f.Span, f.Point,
			f.Copies, f.BytesPerSecond, f.SliceBytes, f.Status, f.RetryAfter,
		}
	}
	return out
}

// What a candidate may be about that is neither a shape nor a kind of fault.
const (
	once        = "an operation sent once"
	repeated    = "an operation repeated"
	late        = "a repeat after a long time"
	manyClients = "many clients"
)

// byPriority lists what candidates are about, first what has most outcomes for its attempts: a copy
// during the work, which a lock must outlast; a refusal; clients that leave or come late. What is
// not in it comes last.
var byPriority = []string{
	string(fault.StaggeredDuplicate), once, string(fault.Disconnect), late,
	manyClients, string(scenario.SameBody), string(fault.ConcurrentDuplicate), repeated,
	string(fault.RequestCut), string(fault.Crash), string(fault.Terminate),
	string(fault.Pause),
	string(scenario.Mismatch), string(scenario.NearMismatch), string(scenario.OtherResource),
	string(scenario.Tenants), string(scenario.Routes), string(scenario.Malformed),
	string(scenario.CollidingKeys), string(scenario.AbandonedDuplicates),
	string(scenario.RetryAfterOtherTraffic),
	string(fault.ResponseLost), string(fault.GatewayError), string(fault.LateArrival),
	string(fault.HiddenDuplicate), string(fault.Refused), string(fault.Reorder),
	string(fault.Partition), string(fault.RequestLost),
}

// priorityOf is the place of a candidate among those of its depth, the lowest first.
func priorityOf(c *Candidate) int {
	if i := slices.Index(byPriority, about(c)); i >= 0 {
		return i
	}
	return len(byPriority)
}

// about names what a candidate is about: its shape, or the first kind of its scenario's faults, or
// how its operations meet.
func about(c *Candidate) string {
	switch s := &c.Scenario; {
	case s.Shape != scenario.Independent:
		return string(s.Shape)
	case len(s.Faults) > 0:
		return string(s.Faults[0])
	case c.arrangement == apart && c.repeats == 0:
		return once
	case s.Pause > 0 || s.Edge:
		return late
	case s.Clients.Max > 1:
		return manyClients
	}
	return repeated
}
