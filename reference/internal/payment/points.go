package payment

// The points that every attempt that executes passes.
const (
	// BeforeCommit is after the processor agreed and before anything is durable.
	BeforeCommit = "before-commit"
	// AfterCommit is when everything that is to be committed together is durable, and no answer was
	// sent.
	AfterCommit = "after-commit"
)
