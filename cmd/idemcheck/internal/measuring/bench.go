package measuring

import (
	"flag"
	"testing"
)

// borrow returns a *testing.T in a plain binary. The memory world needs one, because virtual time
// exists only in testing/synctest, which asks for it. So a test is begun that hands its T out and
// never ends: nothing of it is ever printed, and the process ends without it. The flags of go test
// are registered for it, and parsed from nothing, so that they cannot take the command's own for
// theirs. This works with Go 1.26 and is promised nowhere, which is why no library does it.
func borrow() *testing.T {
	testing.Init()
	_ = flag.CommandLine.Parse(nil) // nothing to parse, so nothing to fail
	lent := make(chan *testing.T)
	lend := testing.InternalTest{Name: "calibrate", F: func(t *testing.T) {
		lent <- t
		select {} // the T must stay alive for as long as the process
	}}
	all := func(string, string) (bool, error) { return true, nil }
	go testing.Main(all, []testing.InternalTest{lend}, nil, nil)
	return <-lent
}
