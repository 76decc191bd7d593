package fault

// Traits are what the parts of the tool ask of a kind. They are columns of the table of kinds: who
// needs to know something new about kinds adds a column, and not a switch of its own.
type Traits struct {
	// AffectsAll: it affects more than its attempt, so beside it no other fault is sure to fire.
	AffectsAll bool
	// NeedsProcess: it strikes the process of the service, so that only worlds which run the service
	// can make it happen, and only to a case that is alone with it.
	NeedsProcess bool
	// EndsService: the service process ends, and is started again.
	EndsService bool
	// Holds: it lasts for as long as its Hold says, which is drawn from the contract.
	Holds bool
	// NeverArrives: its attempt does not reach the service.
	NeverArrives bool
	// NeedsWork: it fires only while the service is at work on the attempt.
	NeedsWork bool
	// NeedsNext: it fires only when the attempt after its own is made too.
	NeedsNext bool
	// Lingers: a request may still be under way when its client goes on.
	Lingers bool
	// LeavesEarly: the client gets its outcome while the service is still at work.
	LeavesEarly bool
	// TimesOut: the client of the attempt may wait until its timeout.
	TimesOut bool
	// FollowsTimeout: its Span is drawn from the timeout, and changes with it.
	FollowsTimeout bool
	// WithinTimeout: its Span must stay well below the timeout.
	WithinTimeout bool
	// HoldsAnswer: the service may have to wait before it can write the rest of a long answer.
	HoldsAnswer bool
	// Doubles: the service gets the request of its attempt twice.
	Doubles bool
	// FromGateway: a gateway answers in place of the service. Throttles: and so that its client
	// takes the service for busy.
	FromGateway, Throttles bool
	// Timed says whether its time is planned as a share of the service time.
	Timed Timing
	// Copied says whether Copies attempts are made by one fault.
	Copied Copying
}

// Timing says how the time of a fault is planned.
type Timing int

// The ways to plan a time.
const (
	// Absolute is a Span, or no time at all.
	Absolute Timing = iota
	// Share is PerMille of the service time where Span and Point are empty; zero is no share.
	Share
	// ShareOrZero is PerMille of the service time where Span is zero; a share of zero is at once.
	ShareOrZero
)

// Copying says how the copies of a duplicate are released.
type Copying int

// The ways to release copies.
const (
	Single Copying = iota
	Together
	Staggered
)
