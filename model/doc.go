// Package model holds the words and the rules of idemcheck: operation, attempt, fault, effect,
// plan, history and verdict, and which histories are right.
//
// It is pure: no input or output, no clock, no dice. A [Plan] is drawn and saved before anything is
// sent; a [History] is what was seen; [Judge] compares it with a single-execution model ([Spec])
// and returns a [Verdict].
package model
