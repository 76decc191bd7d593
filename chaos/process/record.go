package process

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// record is what a file says of a process, so that it is found again and taken for no other.
type record struct {
	PID int `json:"pid"`
	// Began is when the process began, as the system counts that.
	Began string `json:"began"`
	Label string `json:"label"`
}

// record writes down what runs, or with no number that something is about to.
func (p *Process) record(pid int) (err error) {
	if p.o.Record == "" {
		return nil
	}
	began := ""
	if pid > 0 {
		if began, err = identity(pid); err != nil {
			return fmt.Errorf("asking when the service began: %w", err)
		}
	}
	text, err := json.Marshal(record{pid, began, p.label})
	if err == nil {
		err = os.WriteFile(p.o.Record, text, 0o600)
	}
	if err != nil {
		return fmt.Errorf("writing down that the service runs: %w", err)
	}
	return nil
}

// Sweep ends what a file of [Options].Record tells of, after its owner was killed, and what that
// started; without such a file there is nothing. A process that has the number but began at another
// time, or does not carry the label, is somebody else's and stays.
func Sweep(file string) error {
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	var r record
	if err := json.Unmarshal(text, &r); err != nil || r.Label == "" {
		return os.Remove(file) // it was not written to its end, which is before the service began
	}
	if r.PID > 1 {
		if err := endLeader(r); err != nil {
			return err
		}
	}
	if err := sweepLabel(r.Label); err != nil {
		return err
	}
	return os.Remove(file)
}

// endLeader ends the process of a record, if it is still that one, and its group.
func endLeader(r record) error {
	if began, err := identity(r.PID); err == nil && began == r.Began && labelled(r.PID, r.Label) {
		if err := killNumber(r.PID); err != nil {
			return fmt.Errorf("ending process %d: %w", r.PID, err)
		}
	}
	return nil
}
