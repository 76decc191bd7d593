package value

import (
	"fmt"
	"time"
)

// Duration is a [time.Duration] that files show as text ("1.5ms") and that is a whole number of
// microseconds in every plan, so that a plan replays the same in virtual time. The zero value is no
// time.
type Duration time.Duration

// Std returns d as the standard library's type.
func (d Duration) Std() time.Duration { return time.Duration(d) }

// String returns d as Go writes durations, such as "1.5ms".
func (d Duration) String() string { return time.Duration(d).String() }

// MarshalText writes d as Go writes durations.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what [Duration.MarshalText] wrote.
func (d *Duration) UnmarshalText(text []byte) error {
	v, err := time.ParseDuration(string(text))
	if err != nil {
		return fmt.Errorf("reading a duration such as \"1.5ms\": %w", err)
	}
	*d = Duration(v)
	return nil
}
