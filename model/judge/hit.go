package judge

import (
	"time"

	"github.com/idemcheck/idemcheck/model"
)

// hit is one request that reached the service, with its answer as the wire saw it.
type hit struct {
	attempt  int
	number   int
	final    bool
	complete bool
	sent     time.Duration
	answered time.Duration
	// sentPlace and endPlace are where the history lists both, which orders what has one time.
	sentPlace, endPlace int
	// cut: nobody could see whether it was still at work, since its connection was ended under it.
	cut     bool
	answer  *model.Answer
	outcome model.Outcome
}

// answeredBefore reports whether h had its answer before o was handed to the service.
func (h *hit) answeredBefore(o *hit) bool {
	return h.answered != never && o.sent != never && h.end().before(o.begin())
}

// moment is a time, and for what has the same time its place in the history.
type moment struct {
	at    time.Duration
	place int
}

func (m moment) before(o moment) bool {
	return m.at < o.at || m.at == o.at && m.place < o.place
}

func (h *hit) begin() moment { return moment{h.sent, h.sentPlace} }

func (h *hit) end() moment { return moment{h.answered, h.endPlace} }

// overlaps reports whether two requests were at the service at the same time.
func (h *hit) overlaps(o *hit) bool {
	return h.complete && o.complete && !h.answeredBefore(o) && !o.answeredBefore(h)
}
