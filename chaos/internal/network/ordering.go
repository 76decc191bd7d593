package network

// In an ordered net every attempt has a nanosecond of the microsecond to itself, and so have its
// client's outcome, its disconnect and its hidden duplicate. Planned durations are whole
// microseconds: so no two attempts act in the same instant of virtual time, where the scheduler
// would choose who goes first.
const (
	// microsecond in nanoseconds is the period; the first nanoseconds belong to the starts of
	// clients.
	microsecond, reserved = 1000, 40
	// perAttempt is how many nanoseconds an attempt has.
	perAttempt = 4
)

// The nanoseconds of an attempt, counted from its first.
const (
	ownSlot = iota
	clientsSlot
	disconnectsSlot
	duplicatesSlot
)

// slot chooses the nanoseconds of attempt number n of a net. Far more attempts than a case has
// share them.
func slot(n int) int {
	return reserved + perAttempt*n%(microsecond-reserved)
}
