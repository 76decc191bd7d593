// Package benchmark measures how many cases per second the wire world runs beside a hand-written
// test that does the same work with stock Toxiproxy over its HTTP API, and what the memory world
// costs beside bare in-memory pipes, in time and in memory. It also measures how many attempts it
// takes until a seeded bug is found, beside a rapid state machine over stock Toxiproxy, and which
// part of a plain load of the same requests a run keeps.
//
// It holds Go benchmarks; `make bench` runs them, and `make bench-detection` the last one.
// Where there is a peer, both sides do the same work in one run, each against a reference service
// of its own.
package benchmark
