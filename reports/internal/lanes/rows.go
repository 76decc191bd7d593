package lanes

import (
	"fmt"
	"time"

	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/value"
	"github.com/idemcheck/idemcheck/reports/internal/page"
	"github.com/idemcheck/idemcheck/reports/internal/words"
)

// arrow is what connects a client's lane with the service's.
type arrow int

const (
	noArrow  arrow = iota
	sends          // ───▶ a request, seen to leave and to arrive
	arrives        // ╌╌╌▶ a request that left at another time
	answers        // ◀─── an answer, seen to leave and to arrive
	departs        // ◀╌╌╌ an answer that is read at another time
	vanishes       // ✂╌╌╌ an answer that nobody reads
)

// row is one line of a lane diagram.
type row struct {
	at  time.Duration
	end bool // observed after the run: no time is shown
	// op is the operation in whose client's lane near stands; empty for the whole case.
	op    string
	near  string // text in the client's lane
	far   string // text in the service's lane
	arrow arrow
	style page.Style
	// across writes near over all lanes.
	across bool
}

func endRow(text string, suspect bool) row {
	if suspect {
		return row{end: true, far: text + "  ✗", style: page.Alarm}
	}
	return row{end: true, far: text}
}

// hit addresses one request at the service.
type hit struct {
	op      string
	attempt int
}

// rowMaker turns events into rows. Two events that belong together and follow each other (an
// attempt left and arrived, an answer left and was read) become one row.
type rowMaker struct {
	events  []model.Event
	returns map[hit]int // index of each attempt's Return
	onWire  map[hit]bool
	next    int
	// declared is what the state was to be, where that is known.
	declared model.State
}

// rows lists the lines of a lane diagram in the order of the history; effects come last.
func rows(h *model.History, declared model.State) []row {
	m := rowMaker{
		events: h.Events, returns: map[hit]int{}, onWire: map[hit]bool{}, declared: declared,
	}
	for i, e := range h.Events {
		switch e.Kind {
		case model.Return:
			m.returns[hit{e.Operation, e.Attempt}] = i
		case model.Answered:
			m.onWire[hit{e.Operation, e.Attempt}] = true
		}
	}
	var out []row
	for m.next < len(m.events) {
		e := m.events[m.next]
		m.next++
		if r, ok := m.row(e); ok {
			r.at = e.At
			out = append(out, r)
		}
	}
	return append(out, effectRows(h)...)
}

func (m *rowMaker) row(e model.Event) (row, bool) {
	switch e.Kind {
	case model.Invoke:
		return m.invoke(e), true
	case model.Sent:
		return m.sent(e), true
	case model.Answered:
		return m.answered(e), true
	case model.Return:
		return m.returned(e), true
	case model.FaultReported:
		return faultRow(e), e.Fault != nil
	case model.Listed:
		return row{}, false
	case model.Observed:
		return m.observed(e), true
	}
	return caseRow(e), true
}

func (m *rowMaker) invoke(e model.Event) row {
	r := row{op: e.Operation, near: words.Label(e.Operation, e.Attempt)}
	if e.Replica > 0 {
		r.near += fmt.Sprintf(" @%d", e.Replica)
	}
	if e.Stranger {
		r.near += " (wrong credentials)"
	}
	if m.follows(e, model.Sent) && m.events[m.next].Complete && m.events[m.next].Hit < 2 {
		m.next++
		r.arrow, r.far = sends, "arrived"
		return r
	}
	r.near += " ──╌╌"
	return r
}

// follows reports whether the next event is of a kind and of the same attempt.
func (m *rowMaker) follows(e model.Event, kind model.EventKind) bool {
	if m.next == len(m.events) {
		return false
	}
	n := m.events[m.next]
	return n.Kind == kind && n.Operation == e.Operation && n.Attempt == e.Attempt
}

func (m *rowMaker) sent(e model.Event) row {
	name := words.Label(e.Operation, e.Attempt)
	r := row{op: e.Operation, near: name, far: name + " arrived", arrow: arrives}
	if i, ok := m.returns[hit{e.Operation, e.Attempt}]; ok && i < m.next {
		r.far, r.style = name+" arrived after its client had given up", page.Yellow
	}
	if !e.Complete {
		r.far, r.style = fmt.Sprintf("%s arrived cut short, %d bytes", name, e.Bytes), page.Yellow
	}
	if e.Hit > 1 {
		r.far, r.style = fmt.Sprintf("%s arrived again (hit %d): a duplicate no client sent",
			name, e.Hit), page.Yellow
	}
	return r
}

func (m *rowMaker) answered(e model.Event) row {
	name := words.Label(e.Operation, e.Attempt)
	r := row{op: e.Operation, near: name, arrow: vanishes, style: page.Yellow}
	text := "an answer"
	if e.Answer != nil {
		text = words.AnswerText(e.Answer)
	} else if e.Err != "" {
		r.far = "no answer: " + e.Err
		return r
	}
	i, returns := m.returns[hit{e.Operation, e.Attempt}]
	read := returns && m.events[i].Answer != nil
	switch {
	case returns && i < m.next:
		r.far = "too late: " + text
	case !read:
		r.far = "lost: " + text
	case e.Hit > 1:
		r.far = text
	case i == m.next:
		m.next++
		r.arrow, r.style, r.far = answers, page.None, text
	default:
		r.arrow, r.style, r.far = departs, page.None, name+" "+text
	}
	return r
}

func (m *rowMaker) returned(e model.Event) row {
	name := words.Label(e.Operation, e.Attempt)
	r := row{op: e.Operation, near: name}
	switch {
	case e.Answer != nil && !m.onWire[hit{e.Operation, e.Attempt}]:
		r.arrow, r.far = answers, words.AnswerText(e.Answer)
	case e.Answer != nil:
		r.near += fmt.Sprintf(" read %d", e.Answer.Status)
	case e.Err == "refused":
		r.near += " refused: nothing was sent"
	default:
		r.near, r.style = name+" "+e.Err+": outcome unknown", page.Yellow
	}
	return r
}

func faultRow(e model.Event) row {
	r := row{op: e.Fault.Operation, style: page.Yellow, across: true}
	r.near = words.FaultLabel(*e.Fault) + " ──✂ " + words.FaultText(*e.Fault)
	if !e.Fired {
		r.near = words.FaultLabel(*e.Fault) + " did not fire: " + words.FaultText(*e.Fault)
		r.style = page.Doubt
	}
	if e.Detail != "" {
		r.near += ", " + e.Detail
	}
	return r
}

// observed shows a variable, and what it was to be where it is something else.
func (m *rowMaker) observed(e model.Event) row {
	text := fmt.Sprintf("state %s = %v", e.Name, e.Value)
	want, known := m.declared[e.Name]
	if !known || value.Equal(want, e.Value) {
		return endRow(text, false)
	}
	return endRow(text+", declared "+value.Text(want), true)
}

// caseRow is a row that concerns the whole case.
func caseRow(e model.Event) row {
	switch e.Kind {
	case model.Raced:
		return race(e)
	case model.Healed:
		return row{across: true, near: "── every fault healed ──", style: page.Dim}
	case model.ClockMoved:
		return row{far: words.Clock(e), style: page.Yellow}
	case model.Polled:
		return endRow(fmt.Sprintf("%s was accepted; at %s: %v", e.Operation, e.Name, e.Value), false)
	case model.LookedUp:
		return lookup(e)
	}
	return endRow(fmt.Sprintf("%s of %s: %s", e.Kind, orCase(e.Name, e.Operation), e.Err), true)
}

func orCase(names ...string) string {
	for _, n := range names {
		if n != "" {
			return n
		}
	}
	return "the case"
}

func race(e model.Event) row {
	r := row{op: e.Operation, style: page.Yellow}
	if e.Overlap <= 0 {
		r.far, r.style = fmt.Sprintf("%d copies did not overlap", e.Copies), page.Doubt
		return r
	}
	r.far = fmt.Sprintf("%d copies at work together for %s", e.Copies, words.Round(e.Overlap))
	return r
}

func lookup(e model.Event) row {
	name := orCase(e.Name, fmt.Sprint(e.Value))
	if e.Exists {
		return endRow(fmt.Sprintf("%s, named in an answer to %s, exists", name, e.Operation), false)
	}
	return endRow(fmt.Sprintf("%s, named in an answer to %s, does not exist", name, e.Operation), true)
}
