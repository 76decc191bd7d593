package model

// Spec is the sequential specification of a contract: what one execution of an operation does to
// the state and what it answers. Implementations are pure and never change the State they are
// given.
type Spec interface {
	// Apply executes op once. It returns the state afterwards and the answer fields that are promised
	// ("" fields are free); ok is false when op cannot execute in this state.
	Apply(state State, op *Operation) (next State, answer map[string]any, ok bool)
}
