// Command tests reads what "go test -json" writes and prints what plain "go test" would have
// printed, with the output of failed tests only. A skipped test counts as failed, because a check
// that did not run must not look like one that passed.
//
// usage: go test -json ./... | go run .ci/tests.go COUNTS
//
// COUNTS is a file that receives two numbers: how many tests passed, and how many did not. The exit
// code is 0 when none failed, 1 when one did, and 2 when the input is not what it should be.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
)

// event is a line of "go test -json".
type event struct {
	Action  string
	Package string
	Test    string
	Output  string
}

// counts is what came of the tests.
type counts struct {
	passed, failed int
	failedIn       map[string]int // by package
	// held is the output of tests that have not ended, by package and test.
	held map[string]map[string]*strings.Builder
}

func main() {
	c := counts{failedIn: map[string]int{}, held: map[string]map[string]*strings.Builder{}}
	if err := c.read(os.Stdin); err != nil {
		fmt.Fprintln(os.Stderr, "tests:", err)
		os.Exit(2)
	}
	line := fmt.Appendf(nil, "%d %d\n", c.passed, c.failed)
	if err := os.WriteFile(os.Args[1], line, 0o644); err != nil {
		fmt.Fprintln(os.Stderr, "tests: writing the counts:", err)
		os.Exit(2)
	}
	if c.failed > 0 {
		os.Exit(1)
	}
}

// read follows the tests until the input ends. Lines that are no events come from the go command
// itself, such as a package that does not compile.
func (c *counts) read(in io.Reader) error {
	lines := bufio.NewReader(in)
	for {
		line, err := lines.ReadBytes('\n')
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("reading events: %w", err)
		}
		var e event
		if json.Unmarshal(line, &e) != nil {
			fmt.Print(string(line))
			continue
		}
		c.add(e)
	}
}

func (c *counts) add(e event) {
	switch {
	case e.Action == "build-output":
		fmt.Print(e.Output)
	case e.Test == "":
		c.addPackage(e)
	case e.Action == "output":
		c.output(e).WriteString(e.Output)
	case e.Action == "pass":
		c.passed++
		delete(c.held[e.Package], e.Test)
	case e.Action == "fail":
		c.fail(e)
	case e.Action == "skip":
		c.fail(e)
		fmt.Printf("SKIPPED, which counts as failed: %s in %s\n", e.Test, e.Package)
	}
}

func (c *counts) fail(e event) {
	c.failed++
	c.failedIn[e.Package]++
	fmt.Print(c.output(e).String())
	delete(c.held[e.Package], e.Test)
}

// addPackage prints the closing line of a package. One that fails without a failed test does not
// compile, took too long or exited: then what its tests had to say is all there is.
func (c *counts) addPackage(e event) {
	switch {
	case e.Action == "output" && e.Output != "PASS\n":
		fmt.Print(e.Output)
	case e.Action == "fail" && c.failedIn[e.Package] == 0:
		c.failed++
		for _, text := range c.held[e.Package] {
			fmt.Print(text.String())
		}
	}
}

func (c *counts) output(e event) *strings.Builder {
	if c.held[e.Package] == nil {
		c.held[e.Package] = map[string]*strings.Builder{}
	}
	if c.held[e.Package][e.Test] == nil {
		c.held[e.Package][e.Test] = &strings.Builder{}
	}
	return c.held[e.Package][e.Test]
}
