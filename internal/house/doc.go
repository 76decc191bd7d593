// Package house keeps the repository's own rules by machine: who may import whom, and how the code
// is written.
//
// It holds nothing but tests. A rule that is right in general and wrong in one place has an
// exception with a reason beside it, and an exception that excuses nothing any more is itself a
// breach.
package house
