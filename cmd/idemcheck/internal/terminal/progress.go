package terminal

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/idemcheck/idemcheck/harness/campaign"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// Bar draws one line on a terminal and nothing anywhere else.
type Bar struct {
	mu sync.Mutex
	// out is nil when nothing is to be drawn; drawn is when the line was last drawn. Protected by mu.
	out   io.Writer
	drawn time.Time
}

// Show draws how far the run has come, at most ten times a second.
func (p *Bar) Show(now campaign.Progress) {
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
		if now.Result == verdict.Invalid {
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

// Clear takes the line away.
func (p *Bar) Clear() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.out != nil {
		fmt.Fprint(p.out, "\r\x1b[K")
	}
}
