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
)

// Header is the first line of a history file: what is needed to judge it again.
type Header struct {
	Schema   string         `json:"schema"`
	Seed     uint64         `json:"seed"`
	Contract model.Contract `json:"contract"`
}

// line is every other line: a case begins, or one of its events.
type line struct {
	Case  *model.History `json:"case,omitempty"`
	Event *model.Event   `json:"event,omitempty"`
}

// HistoryWriter appends the histories of a run to a file, one JSON object per line. It may be used
// from many goroutines; every history is flushed before Add returns.
type HistoryWriter struct {
	mu sync.Mutex
	// file and buffer are protected by mu.
	file   *os.File
	buffer *bufio.Writer
}

// CreateHistory begins a history file.
func CreateHistory(path string, h Header) (*HistoryWriter, error) {
	h.Schema = model.HistorySchema
	f, err := os.Create(path)
	if err != nil {
		return nil, fmt.Errorf("creating the history file: %w", err)
	}
	w := &HistoryWriter{file: f, buffer: bufio.NewWriter(f)}
	if err := errors.Join(w.write(h), w.buffer.Flush()); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return w, nil
}

// Add writes one history.
func (w *HistoryWriter) Add(h *model.History) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.write(line{Case: h}); err != nil {
		return err
	}
	for i := range h.Events {
		if err := w.write(line{Event: &h.Events[i]}); err != nil {
			return err
		}
	}
	return w.buffer.Flush()
}

// write writes one line.
func (w *HistoryWriter) write(v any) error {
	out, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encoding a history: %w", err)
	}
	_, err = w.buffer.Write(append(out, '\n'))
	return err
}

// Close closes the file.
func (w *HistoryWriter) Close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return errors.Join(w.buffer.Flush(), w.file.Close())
}

const historyAdvice = "give the history.jsonl of an earlier run"

// EachHistory reads a history file and hands on one history after another, so that a file of any
// size needs the memory of one case. A missing, cut or foreign file is an [*Error]; histories
// before the damage have been handed on.
func EachHistory(path string, each func(Header, *model.History) error) error {
	f, err := os.Open(path)
	if err != nil {
		return &Error{path, plainCause(err), historyAdvice}
	}
	defer f.Close()
	dec := json.NewDecoder(bufio.NewReader(f))
	dec.UseNumber() // large identifiers must keep their last digits
	var header Header
	if err := dec.Decode(&header); err != nil {
		return &Error{path, notHistory(err), historyAdvice}
	}
	if header.Schema != model.HistorySchema {
		return wrongVersion(path, header.Schema, model.HistorySchema)
	}
	return eachCase(path, dec, func(h *model.History) error { return each(header, h) })
}

// damageAdvice is for a file that begins as a history and is broken further on.
const damageAdvice = "run again; what came before the damage can be judged alone"

// eachCase reads the lines after the header.
func eachCase(path string, dec *json.Decoder, each func(*model.History) error) error {
	var now *model.History
	for {
		var l line
		err := dec.Decode(&l)
		switch {
		case errors.Is(err, io.EOF):
			return hand(now, each)
		case err != nil:
			return &Error{path, notHistory(err), damageAdvice}
		case l.Case != nil:
			if err := hand(now, each); err != nil {
				return err
			}
			now = l.Case
		case l.Event == nil:
			return &Error{path, errors.New("a line is neither a case nor an event"), damageAdvice}
		case now == nil:
			return &Error{path, errors.New("an event comes before its case"), damageAdvice}
		default:
			now.Events = append(now.Events, *l.Event)
		}
	}
}

// hand hands a history on, when there is one.
func hand(h *model.History, each func(*model.History) error) error {
	if h == nil {
		return nil
	}
	normalise(h.Initial)
	for _, op := range h.Operations {
		normalise(op.Args)
		for _, e := range op.Effects {
			normalise(e.Fields)
		}
	}
	for i := range h.Events {
		e := &h.Events[i]
		e.Value = model.Normal(e.Value)
		if e.Effect != nil {
			normalise(e.Effect.Fields)
		}
	}
	return each(h)
}

// notHistory says what is wrong with a line.
func notHistory(err error) error {
	switch {
	case errors.Is(err, io.EOF):
		return errors.New("the file is empty")
	case errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("the file ends in the middle of a line: it was cut off")
	}
	return fmt.Errorf("it is not a history: %w", plainCause(err))
}
