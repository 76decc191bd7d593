package main

import (
	"cmp"
	"os"
	"strings"
)

// invokedAs is how a user types this command again, told by the process's first argument: what `go
// run` builds is gone afterwards.
func invokedAs(first string) string {
	if !strings.Contains(first, "go-build") {
		return cmp.Or(first, "idemcheck")
	}
	const here = "./cmd/idemcheck"
	if _, err := os.Stat(here); err == nil {
		return "go run " + here
	}
	return "go run github.com/idemcheck/idemcheck/cmd/idemcheck"
}
