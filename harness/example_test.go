package harness_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

// goTest runs a function as `go test` runs a test and prints PASS or FAIL. An example has no *testing.T,
// so it asks the testing package for one, and hides what that says about it with -v.
func goTest(test func(t *testing.T)) {
	shown := os.Stdout
	defer func() { os.Stdout = shown }()
	hidden, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		panic(err)
	}
	defer func() { _ = hidden.Close() }()
	os.Stdout = hidden
	ran := false
	once := func(t *testing.T) {
		if ran { // by -count or -cpu, which the example obeys already
			return
		}
		ran = true
		os.Stdout = shown
		defer func() { os.Stdout = hidden }()
		test(t)
	}
	// Which examples run, -run and -skip have said already: both would be asked again of the name below.
	skips := flag.Lookup("test.skip").Value.String()
	chosen := func(pattern, _ string) (bool, error) {
		return skips == "" || !strings.Contains(skips, pattern), nil
	}
	passed := testing.RunTests(chosen, []testing.InternalTest{{Name: "Example", F: once}})
	verdict := map[bool]string{true: "PASS", false: "FAIL"}[passed]
	_, _ = fmt.Fprintln(shown, verdict) // an example that cannot be read fails
}
