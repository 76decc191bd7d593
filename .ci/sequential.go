// Command sequential names the packages in whose tests one thing is done after the other, one a line, so
// that the race detector is spared where it has nothing to find.
//
// usage: go list -test -deps -json ./... | go run .ci/sequential.go
package main

import (
	"fmt"
	"os"

	"github.com/idemcheck/idemcheck/internal/sequential"
)

func main() {
	packages, err := sequential.Packages(os.Stdin)
	if err != nil {
		fmt.Fprintln(os.Stderr, "sequential:", err)
		os.Exit(2)
	}
	for _, path := range packages {
		fmt.Println(path)
	}
}
