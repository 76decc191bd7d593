package link

import (
	"time"

	"github.com/Shopify/toxiproxy/v2/stream"
	"github.com/Shopify/toxiproxy/v2/toxics"
)

// trickle passes data at an exact rate; see [Bandwidth] for why it exists.
type trickle struct {
	bytesPerSecond int
}

// Pipe implements [toxics.Toxic].
func (t trickle) Pipe(stub *toxics.ToxicStub) {
	for {
		select {
		case <-stub.Interrupt:
			return
		case c := <-stub.Input:
			if c == nil {
				stub.Close()
				return
			}
			if !t.pass(stub, c) {
				return
			}
		}
	}
}

// pass sends a chunk in pieces of a tenth of a second and reports whether it was not interrupted.
func (t trickle) pass(stub *toxics.ToxicStub, c *stream.StreamChunk) bool {
	size := max(t.bytesPerSecond/10, 1)
	for data := c.Data; len(data) > 0; {
		piece := data[:min(size, len(data))]
		wait := time.Duration(len(piece)) * time.Second / time.Duration(t.bytesPerSecond)
		timer := time.NewTimer(wait)
		select {
		case <-stub.Interrupt:
			timer.Stop()
			stub.Output <- &stream.StreamChunk{Data: data, Timestamp: c.Timestamp}
			return false
		case <-timer.C:
		}
		stub.Output <- &stream.StreamChunk{Data: piece, Timestamp: c.Timestamp}
		data = data[len(piece):]
	}
	return true
}
