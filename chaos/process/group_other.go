//go:build !unix

package process

import (
	"errors"
	"os"
	"os/exec"
)

// errNoGroups: what a service started could not be ended with it.
var errNoGroups = errors.New("services are started on Linux and macOS alone\n" +
	"  next: start the service yourself, write where it is in target.url, and remove start")

func group(*exec.Cmd) error       { return errNoGroups }
func killGroup(*os.Process) error { return errNoGroups }
func terminate(*os.Process) error { return errNoGroups }
func pause(*os.Process) error     { return errNoGroups }
func resume(*os.Process) error    { return errNoGroups }

func sweepLabel(string) error      { return nil }
func identity(int) (string, error) { return "", errNoGroups }
func labelled(int, string) bool    { return false }
func killNumber(int) error         { return errNoGroups }
