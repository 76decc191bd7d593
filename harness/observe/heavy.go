package observe

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"

	"github.com/idemcheck/idemcheck/harness/internal/mask"
)

// Bounds of what is read without faults, after decompression. What is cut is an error of reading: a
// part of a ledger is no ledger.
const (
	// maxBefore is how many items a ledger of a fresh resource may show before the first operation,
	// and maxListed how many items of one ledger may be a case's own.
	maxBefore, maxListed = 10_000, 1_000
	// maxKept bounds, in bytes, what one reading keeps of the items of a ledger, and maxState the
	// value of a state variable and the identity of a thing.
	maxKept, maxState = 1 << 20, 1 << 10
	// maxHeavy is how many answers that are more than lightAnswer are read at the same time, by one
	// run: what has been read of them is in memory.
	maxHeavy, lightAnswer = 4, 32 << 10
)

// decoded reads a whole answer as JSON; nil for an empty one.
func decoded(m *mask.Mask, body []byte) (any, error) {
	if len(bytes.TrimSpace(body)) == 0 {
		return nil, nil
	}
	var v any
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	if err := dec.Decode(&v); err != nil {
		return nil, notJSON(err, fmt.Errorf("%w: %s", errNotJSON, m.Excerpt(body)))
	}
	return v, nil
}

// Heavy lets a few readers of large answers in at a time.
type Heavy chan struct{}

// NewHeavy lets as many in as a run reads at the same time.
func NewHeavy() Heavy { return make(Heavy, maxHeavy) }

// gate is a reader that waits for its turn when an answer turns out to be large. Close leaves.
type gate struct {
	from  io.Reader
	heavy Heavy
	read  int
	in    bool
}

// Read implements [io.Reader].
func (g *gate) Read(p []byte) (int, error) {
	if !g.in && g.heavy != nil && g.read > lightAnswer {
		g.heavy <- struct{}{}
		g.in = true
	}
	n, err := g.from.Read(p)
	g.read += n
	return n, err
}

// leave lets the next one in.
func (g *gate) leave() {
	if g.in {
		<-g.heavy
	}
}
