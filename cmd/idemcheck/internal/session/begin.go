package session

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/latency"
	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/traces"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/fault"
)

// begin says that from now on something is sent, and names the run. A name is an identity and not
// a die: nothing is decided by it.
func begin(s *Session) {
	s.started, s.waits = time.Now(), latency.New()
	if on := s.Contract.Target.RunHeaders; on != nil && !*on {
		return
	}
	var b [6]byte
	_, _ = rand.Read(b[:]) // crypto/rand never fails
	s.runID = hex.EncodeToString(b[:])
	s.notes = append(s.notes, "what was sent has the header X-Idemcheck-Run: "+s.runID)
}

// showTraces sends the traces of what a run did, and says so. A collector that does not take them
// changes nothing.
func showTraces(ctx context.Context, s *Session, to *traces.Collector, history string) {
	note, err := to.Send(ctx, traces.RunNames{ID: s.runID, Version: s.Version, History: history})
	if err != nil {
		fmt.Fprintf(s.Err, "note: %s\n", err)
	}
	if note != "" {
		s.note(note)
	}
}

// pointsOf are the points at which the service of a contract can be struck.
func pointsOf(c *model.Contract) []string {
	if c.Start == nil {
		return nil
	}
	return []string{fault.Answered}
}
