package files

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
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

// damageAdvice is for a file that begins as a history and is broken further on.
const damageAdvice = "run again; what came before the damage can be judged alone"

// cases puts the lines after the header together.
type cases struct {
	path string
	now  *model.History
	each func(*model.History) error
}

// lines reads the lines of a text.
func (c *cases) lines(s *scanner, text string) error {
	for text != "" {
		one, rest, _ := strings.Cut(text, "\n")
		text = rest
		if l, ok := s.line(one); ok {
			if l.Case != nil {
				l.Case.Events = slices.Grow(l.Case.Events, until(text))
			}
			if err := c.add(l); err != nil {
				return err
			}
			continue
		}
		if err := c.decode(json.NewDecoder(strings.NewReader(one))); err != nil {
			return err
		}
	}
	return c.hand()
}

// until counts the lines before the next case.
func until(text string) int {
	next, _, _ := strings.Cut(text, caseBegins)
	return strings.Count(next, `{"event":`)
}

// decode reads lines to the end, whatever their spelling.
func (c *cases) decode(dec *json.Decoder) error {
	dec.UseNumber() // large identifiers must keep their last digits
	for {
		var l line
		err := dec.Decode(&l)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return &Error{c.path, notHistory(err), damageAdvice}
		}
		if err := c.add(l); err != nil {
			return err
		}
	}
}

// add adds one line.
func (c *cases) add(l line) error {
	switch {
	case l.Case != nil:
		if err := c.hand(); err != nil {
			return err
		}
		c.now = l.Case
	case l.Event == nil:
		return &Error{c.path, errors.New("a line is neither a case nor an event"), damageAdvice}
	case c.now == nil:
		return &Error{c.path, errors.New("an event comes before its case"), damageAdvice}
	default:
		c.now.Events = append(c.now.Events, *l.Event)
	}
	return nil
}

// hand hands a history on, when there is one.
func (c *cases) hand() error {
	h := c.now
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
	return c.each(h)
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
