// Package judge says which histories are right: it compares a history with a single-execution model
// and returns a verdict ([Judge]), by rules that are a table ([Rules]).
//
// It is pure as package model is: the same history gives the same verdict on every machine.
//
// # Readings
//
// What was observed leaves things open: which operation a ledger item belongs to when several
// share its key or its correlation ID, in which order payloads that met under one key came to it,
// what became of an attempt without an answer, and in which order operations that overlapped were
// executed. A reading fixes all of them within what was observed: by what the wire saw, not by the
// clients' clocks. A history is valid when some reading breaks no rule, and invalid only when every
// reading breaks one; what is reported is then what the reading that breaks least breaks.
// Operations whose requests are the same bytes are one operation. Where more is open than can be
// tried, the verdict is unknown.
//
// The obvious reading is tried first and is nearly always innocent, or alone; the others are tried
// only before an accusation (reading.go). A rule looks at one reading and reports what no order
// and no fate of unknown attempts explains; orders of execution are searched for (search.go).
//
// A violation that depends on timing says so ([verdict.Violation].Timed): it proves something only
// when whoever measured was on time.
//
// # Phases
//
// The phases follow one another as values: an index sorts what was seen, which holds in every
// reading (index.go); an attribution says who left which effect and who had which key, in one
// reading (attribute.go); rules look at both (view.go).
package judge
