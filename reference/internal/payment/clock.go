package payment

import (
	"time"
)

// Clock tells the time by which keys expire and effects are dated.
type Clock interface {
	Now() time.Time
}

type systemClock struct{}

func (systemClock) Now() time.Time { return time.Now() }
