package process

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
)

// began is the place of a process's beginning in /proc/PID/stat, counted behind its name.
const began = 19

// identity is when a process began, in ticks since this machine was started.
func identity(pid int) (string, error) {
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	if err != nil {
		return "", err
	}
	fields := bytes.Fields(text[bytes.LastIndexByte(text, ')')+1:])
	if len(fields) <= began {
		return "", fmt.Errorf("reading /proc/%d/stat: it is too short", pid)
	}
	return string(fields[began]), nil
}

// labelled reports whether a process carries a label.
func labelled(pid int, label string) bool {
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "environ"))
	if err != nil {
		return false // gone, or somebody else's
	}
	for part := range bytes.SplitSeq(text, []byte{0}) {
		if string(part) == labelName+"="+label {
			return true
		}
	}
	return false
}

// killNumber ends a process and its group.
func killNumber(pid int) error { return ended(syscall.Kill(-pid, syscall.SIGKILL)) }

// ended takes a process that is gone already for none that could not be ended.
func ended(err error) error {
	if errors.Is(err, syscall.ESRCH) {
		return nil
	}
	return err
}

// sweepLabel ends every process that carries a label.
func sweepLabel(label string) error {
	all, err := filepath.Glob("/proc/[0-9]*")
	for _, dir := range all {
		pid, number := strconv.Atoi(filepath.Base(dir))
		if number == nil && pid != os.Getpid() && labelled(pid, label) {
			err = errors.Join(err, ended(syscall.Kill(pid, syscall.SIGKILL)))
		}
	}
	return err
}
