// Package model holds the words of idemcheck: contract, operation, attempt, effect, plan and
// history, as plain data with their defaults and small questions. Words that can be read alone have
// rooms below it: fault, verdict and value.
//
// It is pure: no input or output, no clock, no dice. A [Plan] is drawn and saved before anything
// is sent; a [History] is what was seen; package judge compares it with a single-execution model
// ([Spec]) and returns a Verdict of package verdict. What is right and what is wrong is not said
// here.
package model
