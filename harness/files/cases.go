package files

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/value"
)

const historyAdvice = "give the history.jsonl of an earlier run"

// cases puts the lines after the header together.
type cases struct {
	path string
	// now is the history that is being read, and want how many events it has; nil where the file does
	// not say.
	now  *model.History
	want *int
	// last reports whether the text ends where the file does.
	last bool
	// told is what the lines so far say about how the file ends.
	told Ending
	each func(*model.History) error
}

// lines reads the lines of a text, the first of which is a line of the file.
func (c *cases) lines(s *scanner, text string, first int) error {
	n := first
	for ; text != ""; n++ {
		one, rest, whole := strings.Cut(text, "\n")
		text = rest
		l, ok := s.line(one)
		if !ok {
			err := c.decode(json.NewDecoder(strings.NewReader(one)))
			if d, bad := errors.AsType[*damage](err); bad && d.illegible && c.last && !whole {
				return c.ended(n, c.cut(one))
			}
			if err != nil {
				return c.damaged(n, err)
			}
			continue
		}
		if l.Case != nil {
			l.Case.Events = slices.Grow(l.Case.Events, until(text))
		}
		if err := c.add(l); err != nil {
			return c.damaged(n, err)
		}
	}
	return c.ended(n-1, c.hand())
}

// ended is what came of the last history of a text, which ends with line n.
func (c *cases) ended(n int, err error) error {
	if err != nil {
		return c.damaged(n, err)
	}
	return nil
}

// until counts the lines before the next case.
func until(text string) int {
	next, _, _ := strings.Cut(text, caseBegins)
	return strings.Count(next, `{"event":`)
}

// damage is what is wrong with the text of a file.
type damage struct {
	error

	// illegible: it is not a line of a history at all; cut: because it ends too soon.
	illegible, cut bool
}

// Unwrap returns the cause.
func (d *damage) Unwrap() error { return d.error }

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
			return &damage{notHistory(err), true, errors.Is(err, io.ErrUnexpectedEOF)}
		}
		if err := c.add(l); err != nil {
			return err
		}
	}
}

// damaged is the error of a file that is damaged at a line; 0 where nobody counted.
func (c *cases) damaged(n int, err error) error {
	if n == 0 {
		return &ReadError{c.path, err, "run again"}
	}
	if d, ok := errors.AsType[*damage](err); ok && d.cut {
		err = errors.New("it breaks off in the middle")
	}
	return &ReadError{c.path, fmt.Errorf("line %d: %w", n, err), fmt.Sprintf(
		"run again, or judge what came before: `head -n %d %s > before.jsonl`", n-1, c.path)}
}

// cut leaves out a last line that was not written to its end, and the history to which it belongs:
// what was seen later is not known.
func (c *cases) cut(text string) error {
	c.told.leave("the last line was cut off and is left out")
	begins := strings.HasPrefix(text, caseBegins[1:]) || strings.HasPrefix(text, endBegins)
	if c.want == nil && !begins && c.now != nil {
		c.told.leave(fmt.Sprintf("case %d is left out: its events were cut off", c.now.Case))
		c.now = nil
	}
	return c.hand()
}

// errAfterEnd is a file that goes on after it has ended.
var errAfterEnd = errors.New("something follows the end line: two runs may have written here")

// add adds one line.
func (c *cases) add(l line) error {
	switch {
	case c.told.End != nil:
		return &damage{error: errAfterEnd}
	case l.Case != nil:
		if err := c.hand(); err != nil {
			return err
		}
		c.now, c.want = l.Case, l.Events
	case l.End != nil:
		if err := c.hand(); err != nil {
			return err
		}
		c.told.End = l.End
	case l.Event == nil:
		return &damage{error: errors.New("a line is neither a case nor an event")}
	case c.now == nil:
		return &damage{error: errors.New("an event comes before its case")}
	default:
		c.now.Events = append(c.now.Events, *l.Event)
	}
	return nil
}

// hand hands a history on, when there is one and it is whole.
func (c *cases) hand() error {
	h := c.now
	if h == nil {
		return nil
	}
	c.now = nil
	if c.want != nil && len(h.Events) != *c.want {
		c.told.leave(fmt.Sprintf("case %d is left out: it says that %d events follow, and %d do",
			h.Case, *c.want, len(h.Events)))
		return nil
	}
	if err := sound(h); err != nil {
		return &damage{error: fmt.Errorf("case %d: %w", h.Case, err)}
	}
	normaliseAll(h)
	c.told.Histories++
	return c.each(h)
}

// normaliseAll gives the numbers in a history the types that they had before they were saved.
func normaliseAll(h *model.History) {
	normalise(h.Initial)
	for _, op := range h.Operations {
		normaliseOperation(op)
	}
	for i := range h.Events {
		normaliseEvent(&h.Events[i])
	}
}

func normaliseOperation(op model.Operation) {
	normalise(op.Args)
	for _, e := range op.Effects {
		normalise(e.Fields)
		value.Restore(e.Fields)
	}
}

func normaliseEvent(e *model.Event) {
	e.Value = value.Normal(e.Value)
	if e.Effect != nil {
		normalise(e.Effect.Fields)
	}
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
