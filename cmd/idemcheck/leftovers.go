package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/idemcheck/idemcheck/chaos/external"
	"github.com/idemcheck/idemcheck/chaos/guard"
	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/lease"
)

// sweep removes what runs that were killed left behind: folders for temporary files, and proxies on
// the Toxiproxy server that this run uses. What cannot be removed is said and stops nobody.
// The server is reached through the gate; without one there is none.
func (a *app) sweep(toxiproxy string, gate *guard.Guard) {
	err := lease.Sweep(os.TempDir(), toxiproxy, func(run string) error {
		return external.Sweep(external.Options{API: toxiproxy, Dial: gate.DialContext, Run: run})
	})
	if err != nil {
		fmt.Fprintf(a.err, "note: %s\n", strings.ReplaceAll(err.Error(), "\n", "; "))
	}
}

// temporary makes a folder that goes away with the run; if the run is killed, with the next one.
func temporary() (dir string, release func() error, err error) {
	l, err := lease.Take(os.TempDir(), "")
	if err != nil {
		return "", nil, err
	}
	if err := os.Mkdir(l.Folder(), 0o700); err != nil {
		_ = l.Release() // making the folder failed already
		return "", nil, err
	}
	return l.Folder(), l.Release, nil
}
