//go:build unix && !linux

package process

import (
	"errors"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
)

// asked is what ps says of one process.
func asked(pid int, args ...string) (string, error) {
	out, err := exec.Command("ps", append(args, "-p", strconv.Itoa(pid))...).Output()
	return strings.TrimSpace(string(out)), err
}

// identity is when a process began.
func identity(pid int) (string, error) { return asked(pid, "-o", "lstart=") }

// labelled reports whether a process carries a label.
func labelled(pid int, label string) bool {
	text, err := asked(pid, "-E", "-ww", "-o", "command=")
	return err == nil && strings.Contains(text, labelName+"="+label)
}

// killNumber ends a process and its group.
func killNumber(pid int) error {
	err := syscall.Kill(-pid, syscall.SIGKILL)
	if errors.Is(err, syscall.ESRCH) {
		return nil
	}
	return err
}

// sweepLabel ends nothing: what left the group of its service is not found here.
func sweepLabel(string) error { return nil }
