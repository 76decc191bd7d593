//go:build unix

package process

import (
	"os"
	"os/exec"
	"syscall"
)

// group gives a program a group of processes of its own, so that an interrupt typed at a terminal
// is not for it and all of it can be signalled.
func group(c *exec.Cmd) error {
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	return nil
}

// killGroup ends a process and its group at once. The group is only signalled while its leader has
// not been waited for: until then nobody else has its number.
func killGroup(p *os.Process) error {
	if err := p.Signal(syscall.Signal(0)); err != nil {
		return err
	}
	return syscall.Kill(-p.Pid, syscall.SIGKILL)
}

// terminate tells the leader to end, as an orchestrator does.
func terminate(p *os.Process) error { return p.Signal(syscall.SIGTERM) }

// pause stops the group.
func pause(p *os.Process) error {
	if err := p.Signal(syscall.Signal(0)); err != nil {
		return err
	}
	return syscall.Kill(-p.Pid, syscall.SIGSTOP)
}

// resume lets the group go on.
func resume(p *os.Process) error {
	if err := p.Signal(syscall.Signal(0)); err != nil {
		return err
	}
	return syscall.Kill(-p.Pid, syscall.SIGCONT)
}
