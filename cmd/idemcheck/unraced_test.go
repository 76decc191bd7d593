//go:build !race

package main

// hostileCases is how many cases a run against a hostile service has.
const hostileCases = 12
