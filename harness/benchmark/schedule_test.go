package benchmark_test

import (
	"fmt"

	toxiproxy "github.com/Shopify/toxiproxy/v2/client"
	"pgregory.net/rapid"
)

// toxicSchedule is what one step of the state machine goes through: the toxics that are switched on, how
// many attempts meet them, and how many more are made when they are off again.
type toxicSchedule struct {
	toxics        []toxiproxy.Toxic
	faulty, clean int
}

// drawToxicSchedule draws at most one toxic in each direction: when two in one direction are removed while
// a connection closes, the next one crashes the server (2.12.0). An operation may be left open.
func drawToxicSchedule(t *rapid.T) toxicSchedule {
	w := toxicSchedule{
		faulty: rapid.IntRange(1, 3).Draw(t, "attempts through toxics"),
		clean:  rapid.IntRange(0, 4).Draw(t, "attempts without"),
	}
	for _, stream := range []string{"upstream", "downstream"} {
		if rapid.Bool().Draw(t, stream) {
			w.toxics = append(w.toxics, drawToxic(t, stream))
		}
	}
	return w
}

// drawToxic draws any toxic that changes when and whether bytes arrive.
func drawToxic(t *rapid.T, stream string) toxiproxy.Toxic {
	number := func(what string, low, high int) int { return rapid.IntRange(low, high).Draw(t, what) }
	kinds := []string{"latency", "timeout", "reset_peer", "limit_data", "slow_close", "bandwidth"}
	kind := rapid.SampledFrom(kinds).Draw(t, "toxic")
	out := toxiproxy.Toxic{Name: stream, Type: kind, Stream: stream, Toxicity: 1}
	maxMillis := int(2 * shortTimeout.Milliseconds())
	switch kind {
	case "latency":
		out.Attributes = toxiproxy.Attributes{"latency": number("ms", 1, maxMillis), "jitter": 0}
	case "timeout", "reset_peer":
		out.Attributes = toxiproxy.Attributes{"timeout": number("ms", 0, maxMillis)}
	case "limit_data":
		out.Attributes = toxiproxy.Attributes{"bytes": number("bytes", 1, 500)}
	case "slow_close":
		out.Attributes = toxiproxy.Attributes{"delay": number("ms", 1, maxMillis)}
	case "bandwidth":
		out.Attributes = toxiproxy.Attributes{"rate": number("KB/s", 1, 20)}
	}
	return out
}

// begin switches the toxics on. They hold for all connections.
func (w *toxicSchedule) begin(proxy *toxiproxy.Proxy) error {
	for _, x := range w.toxics {
		if _, err := proxy.AddToxic(x.Name, x.Type, x.Stream, x.Toxicity, x.Attributes); err != nil {
			return fmt.Errorf("switching %s on: %w", x.Type, err)
		}
	}
	return nil
}

// end switches them off.
func (w *toxicSchedule) end(proxy *toxiproxy.Proxy) error {
	for _, x := range w.toxics {
		if err := proxy.RemoveToxic(x.Name); err != nil {
			return fmt.Errorf("switching %s off: %w", x.Type, err)
		}
	}
	return nil
}
