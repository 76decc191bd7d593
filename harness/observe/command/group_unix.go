//go:build unix

package command

import (
	"os/exec"
	"syscall"
)

// group gives a program a group of processes, which is killed with it.
func group(c *exec.Cmd) {
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	c.Cancel = func() error { return syscall.Kill(-c.Process.Pid, syscall.SIGKILL) }
}
