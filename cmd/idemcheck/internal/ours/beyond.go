package ours

import (
	"fmt"

	"github.com/idemcheck/idemcheck/reference"
)

// Beyond says why a run over TCP cannot show a seeded bug, and which command can, or that nobody
// may expect it; "" when it can show it. A pass of such a run says nothing about the bug.
func Beyond(bug string) string {
	for _, b := range reference.Bugs() {
		switch {
		case b.Name != bug:
			continue
		case b.HeldOut != "":
			return fmt.Sprintf("%s is held out, and may well pass: %s", bug, b.HeldOut)
		case b.Needs == "":
			return ""
		}
		return fmt.Sprintf("a run over TCP cannot show %s, because it shows only %s; in memory and "+
			"virtual time it is found by: %s", bug, Conditions[b.Needs], FoundBy(bug))
	}
	return ""
}

// FoundBy is the command that finds a seeded bug in memory.
func FoundBy(bug string) string {
	return "idemcheck calibrate --bug " + bug + " --seeds 1 --mixed"
}

// Conditions say in words what a seeded bug needs besides HTTP.
var Conditions = map[string]string{
	"crash":     "after the service was killed and started again",
	"retention": "when a key expires, a day after its first use",
	"midnight":  "when midnight passes between two attempts",
}
