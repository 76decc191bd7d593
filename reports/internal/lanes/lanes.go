// Package lanes draws a history: a lane for every client and one for the service, time flowing
// down.
package lanes

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/reports/internal/page"
	"github.com/idemcheck/idemcheck/reports/internal/words"
)

const (
	minLane    = 18 // columns that a client's lane needs for "a.1 ──▶" and an outcome
	minService = 34 // columns that the service's lane needs for an answer
	maxLane    = 38
	// MaxRows is how long a diagram may be: a longer one loses its middle, which nobody reads.
	MaxRows  = 90
	farLines = 3 // lines that one text in the service's lane may take
)

// diagram places lanes on a grid of characters.
type diagram struct {
	width  int
	clock  int            // columns of the time
	digits int            // behind the point of a time; races need two
	lane   map[string]int // operation to the column of its client's lane
	starts []int          // column of every lane's life line, the service's last
	titles []string
}

// Draw draws a history on a page; of a long one the middle is left out.
func Draw(p *page.Page, h *model.History, declared model.State) {
	rs := rows(h, declared)
	d := newDiagram(h, rs, p.Opts.Columns())
	p.Put(page.Dim, "%s", d.header())
	hidden := max(0, len(rs)-MaxRows)
	if hidden == 0 {
		d.put(p, rs)
		return
	}
	d.put(p, rs[:MaxRows/2])
	p.Put(page.Dim, "%s … %d lines left out", strings.Repeat(" ", d.clock), hidden)
	d.put(p, rs[MaxRows/2+hidden:])
}

// put draws some rows.
func (d *diagram) put(p *page.Page, some []row) {
	for _, r := range some {
		for _, l := range d.draw(r) {
			p.Put(r.style, "%s", l)
		}
	}
}

func newDiagram(h *model.History, rs []row, width int) *diagram {
	d := &diagram{width: width, lane: map[string]int{}, clock: len("ms"), digits: 2}
	if slices.ContainsFunc(rs, func(r row) bool { return r.at >= 100*time.Millisecond }) {
		d.digits = 1
	}
	for _, r := range rs {
		d.clock = max(d.clock, utf8.RuneCountInString(d.moment(r)))
	}
	d.clock++
	clients := clientsOf(h)
	if d.clock+len(clients)*minLane+minService > width {
		d.titles = []string{words.Plural(len(clients), "client", "clients")}
	} else {
		for _, c := range clients {
			d.titles = append(d.titles, fmt.Sprintf("client %d", c))
		}
	}
	d.place(h, clients)
	return d
}

func clientsOf(h *model.History) []int {
	var out []int
	for _, op := range h.Operations {
		out = append(out, op.Client)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// place gives every lane its column. Where there is no room for all, clients share one lane.
func (d *diagram) place(h *model.History, clients []int) {
	n := max(len(d.titles), 1)
	room := (d.width - d.clock) * 45 / 100
	if n > 1 {
		room = d.width - d.clock - minService
	}
	each := min(room/n, maxLane)
	for i := range n + 1 {
		d.starts = append(d.starts, d.clock+1+i*each)
	}
	d.titles = append(d.titles, "service")
	for _, op := range h.Operations {
		i := slices.Index(clients, op.Client)
		d.lane[op.ID] = d.starts[min(i, n-1)]
	}
}

func (d *diagram) service() int { return d.starts[len(d.starts)-1] }

func (d *diagram) header() string {
	g := d.grid()
	g.write(d.clock-2, "ms")
	for i, t := range d.titles {
		g.write(d.starts[i]+2, t)
	}
	return strings.TrimRight(string(g), " ")
}

// draw returns the lines of a row; only text in the service's lane may need more than one.
func (d *diagram) draw(r row) []string {
	lane, ok := d.lane[r.op]
	if !ok {
		lane = d.starts[0]
	}
	far := words.Wrap(r.far, d.width-d.service()-2)
	if len(far) > farLines {
		far = append(far[:farLines-1], words.Shorten(far[farLines-1]+" …", d.width-d.service()-2))
	}
	g, at := d.grid(), d.moment(r)
	g.write(d.clock-utf8.RuneCountInString(at), at)
	end := g.write(lane+2, words.Shorten(r.near, d.room(r, lane)))
	d.shaft(g, r.arrow, end)
	lines := make([]string, 0, len(far))
	for _, text := range far {
		g.write(d.service()+2, text)
		lines = append(lines, strings.TrimRight(string(g), " "))
		g = d.grid()
	}
	return lines
}

// room is how many characters fit into a lane before the service's life line, or before the edge.
func (d *diagram) room(r row, lane int) int {
	if r.across {
		return d.width - lane - 2
	}
	return d.service() - lane - 3
}

// shaft draws the arrow from the end of a lane's text to the service, through the lanes between.
func (d *diagram) shaft(g grid, a arrow, from int) {
	if a == noArrow {
		return
	}
	left, body, right := a.glyphs()
	for x := from + 1; x < d.service(); x++ {
		g.write(x, d.crossing(x, body))
	}
	g.write(from+1, left)
	g.write(d.service()-1, right)
}

// crossing is what an arrow has at a place: its body, or a lane that it crosses.
func (d *diagram) crossing(x int, body string) string {
	if slices.Contains(d.starts, x) {
		return "┼"
	}
	return body
}

func (a arrow) glyphs() (left, body, right string) {
	switch a {
	case sends:
		return "─", "─", "▶"
	case arrives:
		return "╌", "╌", "▶"
	case answers:
		return "◀", "─", "─"
	case departs:
		return "◀", "╌", "╌"
	}
	return "✂", "╌", "╌"
}

// grid is one line of characters.
type grid []rune

func (d *diagram) grid() grid {
	g := grid(strings.Repeat(" ", d.width))
	for _, x := range d.starts {
		g[x] = '│'
	}
	return g
}

// write puts text at a column and returns the column behind it.
func (g grid) write(x int, text string) int {
	for _, r := range words.Clean(text) {
		if x < len(g) {
			g[x] = r
		}
		x++
	}
	return x
}

// moment shows when: in milliseconds, long spans as Go writes them.
func (d *diagram) moment(r row) string {
	switch {
	case r.end:
		return "end"
	case r.at >= 100*time.Second:
		return r.at.Round(time.Millisecond).String()
	}
	return fmt.Sprintf("%.*f", d.digits, float64(r.at)/float64(time.Millisecond))
}
