package files

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// Header is the first line of a history file: what is needed to judge it again.
type Header struct {
	Schema   string         `json:"schema"`
	Seed     uint64         `json:"seed"`
	Contract model.Contract `json:"contract"`
	// Planned is how many cases the run was to have; zero where nobody says, as in a file of one
	// saved case that an older version wrote.
	Planned int `json:"planned,omitempty"`
}

// End is the last line of a history file. Without it nobody knows whether more was to come.
type End struct {
	// Planned cases were to be run, and Run were.
	Planned int `json:"planned"`
	Run     int `json:"run"`
	// Histories is how many the file holds: one for every time that a case was run to its end. The
	// writer counts them.
	Histories int `json:"histories"`
	// Verdict is what the run came to, and Reasons say why that is unknown; empty for other verdicts.
	Verdict verdict.Result `json:"verdict"`
	Reasons []string       `json:"reasons,omitempty"`
}

// line is every other line: a case begins, or one of its events, or the file ends.
type line struct {
	Case *model.History `json:"case,omitempty"`
	// Events is how many events of the case follow; nil in files of older versions.
	Events *int         `json:"events,omitempty"`
	Event  *model.Event `json:"event,omitempty"`
	End    *End         `json:"end,omitempty"`
}

// HistoryWriter appends the histories of a run to a file, one JSON object per line. It may be used
// from many goroutines; every history is flushed before Add returns.
type HistoryWriter struct {
	mu sync.Mutex
	// All fields are protected by mu. good is up to where the file holds whole histories, in bytes.
	file      *os.File
	buffer    *bufio.Writer
	histories int
	good      int64
}

// CreateHistory begins a history file. It is there with its header or not at all.
func CreateHistory(path string, h Header) (*HistoryWriter, error) {
	h.Schema = model.HistorySchema
	header, err := json.Marshal(h)
	if err != nil {
		return nil, fmt.Errorf("encoding the header of a history: %w", err)
	}
	if err := Write(path, append(header, '\n')); err != nil {
		return nil, fmt.Errorf("creating the history file: %w", err)
	}
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return nil, fmt.Errorf("creating the history file: %w", err)
	}
	w := &HistoryWriter{file: f, buffer: bufio.NewWriter(f)}
	if w.good, err = f.Seek(0, io.SeekEnd); err != nil {
		return nil, errors.Join(fmt.Errorf("creating the history file: %w", err), f.Close())
	}
	return w, nil
}

// SaveHistory writes a file of one history, which came to a verdict of its own.
func SaveHistory(path string, h Header, one *model.History, found verdict.Result) error {
	h.Planned = 1
	w, err := CreateHistory(path, h)
	if err != nil {
		return err
	}
	err = w.Add(one)
	if err == nil {
		err = w.End(End{Planned: 1, Run: 1, Verdict: found})
	}
	return errors.Join(err, w.Close())
}

// Add writes one history. When that fails, as on a full disk, the file holds what it held before.
func (w *HistoryWriter) Add(h *model.History) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.keep(w.history(h)); err != nil {
		return fmt.Errorf("writing a history: %w", err)
	}
	w.histories++
	return nil
}

// End writes the last line; nothing may be added after it. Its Histories are counted here.
func (w *HistoryWriter) End(e End) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	e.Histories = w.histories
	if err := w.keep(w.write(line{End: &e})); err != nil {
		return fmt.Errorf("ending the history file: %w", err)
	}
	return nil
}

// history writes the lines of one history.
func (w *HistoryWriter) history(h *model.History) error {
	n := len(h.Events)
	if err := w.write(line{Case: h, Events: &n}); err != nil {
		return err
	}
	for i := range h.Events {
		if err := w.write(line{Event: &h.Events[i]}); err != nil {
			return err
		}
	}
	return nil
}

// write writes one line.
func (w *HistoryWriter) write(v any) error {
	out, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encoding it: %w", err)
	}
	_, err = w.buffer.Write(append(out, '\n'))
	return err
}

// keep flushes what was written, or takes it back when it could not be written whole: half a
// history would be read as one in which things did not happen.
func (w *HistoryWriter) keep(err error) error {
	if err == nil {
		err = w.buffer.Flush()
	}
	if err == nil {
		w.good, err = w.file.Seek(0, io.SeekCurrent)
		return err
	}
	w.buffer.Reset(w.file)
	_, sought := w.file.Seek(w.good, io.SeekStart)
	return errors.Join(err, sought, w.file.Truncate(w.good))
}

// Size is how many bytes the file holds.
func (w *HistoryWriter) Size() int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.good
}

// Close closes the file.
func (w *HistoryWriter) Close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.file.Close()
}
