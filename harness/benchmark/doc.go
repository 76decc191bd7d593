// Package benchmark measures how many cases per second the wire world runs beside a hand-written
// test that does the same work with stock Toxiproxy over its HTTP API, and what the memory world
// costs beside bare in-memory pipes, in time and in memory.
//
// It holds only Go benchmarks; `make bench` runs them. Where there is a peer, both sides do the
// same work in turns, each against a reference service of its own.
package benchmark
