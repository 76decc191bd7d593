//go:build race

package main

// hostileCases is how many cases a run against a hostile service has. The race detector makes reading
// what is too much ten times as slow; that memory stays bounded with more is asked without it.
const hostileCases = 4
