// Package model holds the words of idemcheck: contract, operation, attempt, fault, effect, plan,
// history and verdict, as plain data with their defaults and small questions.
//
// It is pure: no input or output, no clock, no dice. A [Plan] is drawn and saved before anything
// is sent; a [History] is what was seen; package judge compares it with a single-execution model
// ([Spec]) and returns a [Verdict]. What is right and what is wrong is not said here.
package model
