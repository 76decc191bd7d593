package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/term"

	"github.com/idemcheck/idemcheck/harness/campaign"
	"github.com/idemcheck/idemcheck/model"
)

// progress draws one line on a terminal and nothing anywhere else.
type progress struct {
	mu sync.Mutex
	// out is nil when nothing is to be drawn; drawn is when the line was last drawn. Protected by mu.
	out   io.Writer
	drawn time.Time
}

// newProgress decides whether to draw: only on a terminal, and not where CI or NO_COLOR say that
// nobody watches.
func (a *app) newProgress(f *runFlags) *progress {
	if f.quiet || a.isSet("CI") || a.plain() || !isTerminal(a.err) {
		return &progress{}
	}
	return &progress{out: a.err}
}

// isSet tells whether an environment variable has a value.
func (a *app) isSet(name string) bool {
	value, ok := a.env(name)
	return ok && value != "" && value != "false" && value != "0"
}

// plain reports whether the terminal is to be given nothing but text.
func (a *app) plain() bool {
	kind, _ := a.env("TERM")
	return a.isSet("NO_COLOR") || kind == "dumb"
}

// isTerminal tells whether a writer is a terminal.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// width is how wide the terminal behind a writer is; zero when it is none.
func width(w io.Writer) int {
	if f, ok := w.(*os.File); ok {
		if n, _, err := term.GetSize(int(f.Fd())); err == nil {
			return n
		}
	}
	return 0
}

// show draws how far the run has come, at most ten times a second.
func (p *progress) show(now campaign.Progress) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.out == nil || time.Since(p.drawn) < 100*time.Millisecond && now.Done != now.Total {
		return
	}
	p.drawn = time.Now()
	fmt.Fprintf(p.out, "\r\x1b[K%s", progressLine(now))
}

// progressLine is the line for a moment of a run.
func progressLine(now campaign.Progress) string {
	switch now.Phase {
	case "run":
		const cells = 24
		filled := cells * now.Done / max(now.Total, 1)
		bar := strings.Repeat("█", filled) + strings.Repeat("░", cells-filled)
		state := ""
		if now.Result == model.Invalid {
			state = "  violation found"
		}
		return fmt.Sprintf("%s %d of %d cases%s", bar, now.Done, now.Total, state)
	case "calibrate":
		return fmt.Sprintf("%d of %d services measured", now.Done, now.Total)
	case "shrink":
		return fmt.Sprintf("looking for the smallest counterexample: %d tried", now.Done)
	}
	return "warming up"
}

// clear takes the line away.
func (p *progress) clear() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.out != nil {
		fmt.Fprint(p.out, "\r\x1b[K")
	}
}
