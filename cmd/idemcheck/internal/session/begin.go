package session

import (
	"crypto/rand"
	"encoding/hex"
	"time"

	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/latency"
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
