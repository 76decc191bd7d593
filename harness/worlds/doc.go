// Package worlds shows by tests what the worlds promise together: a case in memory repeats itself
// exactly, the same plan gets the same verdict in memory and on the wire, and every seeded bug is
// found in virtual time.
package worlds
