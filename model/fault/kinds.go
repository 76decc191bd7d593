package fault

import "slices"

// Kind names one way in which the path of an attempt goes wrong.
type Kind string

// The faults between client and service. What each creates is said in its row.
const (
	Refused             Kind = "refused"
	RequestLost         Kind = "request-lost"
	RequestCut          Kind = "request-cut"
	ResponseLost        Kind = "response-lost"
	ResponseCut         Kind = "response-cut"
	LateArrival         Kind = "late-arrival"
	Reorder             Kind = "reorder"
	Delay               Kind = "delay"
	Slow                Kind = "slow"
	Partition           Kind = "partition"
	ConcurrentDuplicate Kind = "concurrent-duplicate"
	StaggeredDuplicate  Kind = "staggered-duplicate"
	Disconnect          Kind = "disconnect"
	HiddenDuplicate     Kind = "hidden-duplicate"
	Throttled           Kind = "throttled"
	GatewayError        Kind = "gateway-error"
)

// The faults that strike the process of the service, at a time or at a named point. Only worlds
// that run the service can make them happen. Crash ends it and starts it again over what it kept.
const (
	Crash     Kind = "crash"
	Terminate Kind = "terminate"
	Pause     Kind = "pause"
)

// Answered is the point at which a service that runs as a process has answered the attempt: whoever
// struck it before the client knew would strike work that is not done yet.
const Answered = "answered"

// Info is the row of a kind: what it does, in words for people, and its traits.
type Info struct {
	Kind Kind `json:"name"`
	// How says what happens on the wire, Creates which ambiguity that leaves.
	How     string `json:"how"`
	Creates string `json:"creates"`
	// Traits are for the tool itself.
	Traits Traits `json:"-"`
}

// Kinds lists every kind in the order of the catalogue.
func Kinds() []Info { return slices.Clone(kinds) }

// Traits returns the traits of a kind, none for a kind that is unknown.
func (k Kind) Traits() Traits {
	for i := range kinds {
		if kinds[i].Kind == k {
			return kinds[i].Traits
		}
	}
	return Traits{}
}

// kinds is the table of kinds, a row for each.
var kinds = []Info{
	{
		Refused, "the connection is refused", "a definite no: nothing was sent",
		Traits{NeverArrives: true},
	},
	{
		RequestLost, "the request vanishes before the service",
		"not executed, the client does not know",
		Traits{NeverArrives: true, TimesOut: true},
	},
	{
		RequestCut, "the request ends inside its headers or its body",
		"not executed, or executed on half a body",
		Traits{},
	},
	{
		ResponseLost, "the answer vanishes behind the service",
		"executed, the acknowledgement is lost",
		Traits{TimesOut: true},
	},
	{
		ResponseCut, "the answer ends inside its status line, headers or body",
		"executed, the answer is broken",
		Traits{},
	},
	{
		LateArrival, "the request arrives after the client gave up",
		"the first attempt executes after its retry",
		Traits{Lingers: true, TimesOut: true, FollowsTimeout: true},
	},
	{
		Reorder, "an attempt is held until the next one has completed",
		"a stale attempt after a fresh one",
		Traits{Lingers: true, NeedsNext: true},
	},
	{
		Delay, "bytes arrive later, still within the timeout", "slow, no ambiguity",
		Traits{WithinTimeout: true, HoldsAnswer: true, Timed: Share},
	},
	{
		Slow, "bytes trickle, come in slices, or the close is slow",
		"stress for parsers and timeouts",
		Traits{HoldsAnswer: true},
	},
	{
		Partition, "both directions or one are dead for a while, then heal",
		"many operations unknown at once",
		Traits{
			AffectsAll: true, Lingers: true, TimesOut: true, FollowsTimeout: true, HoldsAnswer: true,
		},
	},
	{
		ConcurrentDuplicate, "copies are released together, last byte held back",
		"races between check and act",
		Traits{NeedsWork: true, Copied: Together},
	},
	{
		StaggeredDuplicate, "copies start some milliseconds apart", "races that a burst hides",
		Traits{NeedsWork: true, Copied: Staggered, Timed: Share},
	},
	{
		Disconnect, "the client closes or resets while the service works",
		"cancelled work, claims dropped early",
		Traits{NeedsWork: true, Lingers: true, LeavesEarly: true, Timed: ShareOrZero},
	},
	{
		HiddenDuplicate, "the network sends one request twice", "a retry that no client made",
		Traits{Lingers: true, Doubles: true},
	},
	{
		Crash, "the service is killed and started again", "lost memory, half-done work, orphaned keys",
		Traits{
			AffectsAll: true, NeedsProcess: true, EndsService: true, NeedsWork: true, Timed: Share,
		},
	},
	{
		Terminate, "the service is told to end (SIGTERM) and started again, as by a rolling deploy",
		"work that is cut short or ended, answers that are lost",
		Traits{
			AffectsAll: true, NeedsProcess: true, EndsService: true, NeedsWork: true, Timed: Share,
		},
	},
	{
		Pause, "the service stands still for longer than its claims last, and goes on",
		"claims that end while their owner goes on",
		Traits{
			AffectsAll: true, NeedsProcess: true, NeedsWork: true, Lingers: true, TimesOut: true,
			HoldsAnswer: true, Timed: Share, Holds: true,
		},
	},
	{
		Throttled, "a gateway answers 429 or 503 with Retry-After", "a transient answer",
		Traits{FromGateway: true, Throttles: true},
	},
	{
		GatewayError, "a gateway answers 502, 503 or 504 while the service goes on",
		"executed, although the answer says that it failed",
		Traits{Lingers: true, LeavesEarly: true, FromGateway: true, Timed: Share},
	},
}
