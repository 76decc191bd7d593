package link

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/Shopify/toxiproxy/v2/toxics"
)

// Toxic is one stage of a chain, valid by construction: degenerate values make Toxiproxy's own
// toxics hang or recurse without end.
type Toxic struct {
	kind  string
	stage toxics.Toxic
	own   bool
	// remote is what a Toxiproxy server runs where that is not the stage itself.
	remote toxics.Toxic
}

// Type is Toxiproxy's name of the toxic ("latency", "limit_data", …), also where the stage is ours.
func (t Toxic) Type() string { return t.kind }

// Own reports whether the stage is ours and that a Toxiproxy server does not know it.
func (t Toxic) Own() bool { return t.own }

// Attributes are the toxic's attributes as Toxiproxy's API wants them.
func (t Toxic) Attributes() (map[string]any, error) {
	stage := t.stage
	if t.remote != nil {
		stage = t.remote
	}
	text, err := json.Marshal(stage)
	if err != nil {
		return nil, fmt.Errorf("writing the attributes of toxic %s: %w", t.kind, err)
	}
	out := map[string]any{}
	if err := json.Unmarshal(text, &out); err != nil {
		return nil, fmt.Errorf("reading the attributes of toxic %s: %w", t.kind, err)
	}
	return out, nil
}

// Latency delays every chunk by d. Toxiproxy counts milliseconds, so d is rounded up to whole
// ones: a delay is never shorter than asked for. Negative values count as zero.
func Latency(d time.Duration) Toxic {
	return Toxic{kind: "latency", stage: &toxics.LatencyToxic{Latency: milliseconds(d)}}
}

// SlowClose delays the end of the stream by d, rounded up to whole milliseconds.
func SlowClose(d time.Duration) Toxic {
	return Toxic{kind: "slow_close", stage: &toxics.SlowCloseToxic{Delay: milliseconds(d)}}
}

// BlackHole swallows everything and keeps the connection open until its sender closes it.
func BlackHole() Toxic { return Toxic{kind: "timeout", stage: &toxics.TimeoutToxic{}} }

// LimitData passes n bytes and then closes the connection; 0 closes it at the first byte. Negative
// values count as 0.
func LimitData(n int) Toxic {
	return Toxic{kind: "limit_data", stage: &toxics.LimitDataToxic{Bytes: int64(max(n, 0))}}
}

// ResetPeer resets both ends at the first byte, which is dropped.
func ResetPeer() Toxic { return Toxic{kind: "reset_peer", stage: &toxics.ResetToxic{}} }

// Slicer cuts chunks in halves until none is longer than size bytes, with a pause of delay (whole
// microseconds) after each. The size must be at least 1.
func Slicer(size int, delay time.Duration) (Toxic, error) {
	if size < 1 {
		return Toxic{}, fmt.Errorf("slices of %d bytes: at least 1 is needed", size)
	}
	stage := &toxics.SlicerToxic{AverageSize: size, Delay: int(max(delay, 0).Microseconds())}
	return Toxic{kind: "slicer", stage: stage}, nil
}

// Bandwidth limits the rate, in bytes per second and at least 1. Links of ours do it with a stage
// of our own: Toxiproxy's counts in thousands of bytes, which is too fast to show on a small
// answer, lets chunks go early to make up for late ones, and logs to standard error when it is
// interrupted. A server can do the thousands; other rates are [Toxic.Own].
func Bandwidth(bytesPerSecond int) (Toxic, error) {
	if bytesPerSecond < 1 {
		return Toxic{}, fmt.Errorf("%d bytes per second: at least 1 is needed", bytesPerSecond)
	}
	return Toxic{
		kind: "bandwidth", stage: trickle{bytesPerSecond}, own: bytesPerSecond%1000 != 0,
		remote: &toxics.BandwidthToxic{Rate: int64(bytesPerSecond / 1000)},
	}, nil
}

func milliseconds(d time.Duration) int64 {
	return int64((max(d, 0) + time.Millisecond - 1) / time.Millisecond)
}
