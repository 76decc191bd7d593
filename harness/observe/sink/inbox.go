package sink

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/idemcheck/idemcheck/model/source"
	"github.com/idemcheck/idemcheck/model/value"
)

// Bounds of what a sink keeps. What is above them makes the whole sink unreadable: a part of what
// was received is no ledger.
const (
	maxItems = 100_000
	maxKept  = 64 << 20
	maxBody  = 256 << 10
)

// inbox keeps what a sink received, in the order in which it came.
type inbox struct {
	oncePer string
	script  []source.ScriptedAnswer
	mu      sync.Mutex
	// items and what follows are protected by mu. An item does not change; another one takes its
	// place.
	items []map[string]any
	// kept is how many bytes they have, came how many requests were answered by the script.
	kept, came int
	// known are the items by what oncePer names.
	known  map[string]*filed
	broken error
}

// filed is a request that may be sent again.
type filed struct {
	at     int
	answer source.ScriptedAnswer
}

// file keeps an item of so many bytes, and returns its number, counted from 1, and its answer.
func (b *inbox) file(item map[string]any, size int) (int, source.ScriptedAnswer) {
	b.mu.Lock()
	defer b.mu.Unlock()
	name := ""
	if b.oncePer != "" {
		name = text(value.Lookup(item, b.oncePer))
	}
	before := b.known[name]
	switch {
	case before == nil:
		before = &filed{at: len(b.items), answer: b.next()}
		b.keep(item, size)
		if name != "" {
			b.known[name] = before
		}
	case before.answer.Status/100 == 5:
		before.answer = b.next()
	}
	if before.at < len(b.items) {
		item = maps.Clone(b.items[before.at])
		item["status"] = int64(before.answer.Status)
		b.items[before.at] = item
	}
	return before.at + 1, before.answer
}

// keep keeps an item, while there is room.
func (b *inbox) keep(item map[string]any, size int) {
	if len(b.items) == maxItems || b.kept+size > maxKept {
		b.spoil(fmt.Errorf("it received more than %d items or %d MiB, which is all that is kept",
			maxItems, maxKept>>20))
		return
	}
	b.items, b.kept = append(b.items, item), b.kept+size
}

// next is the answer of the script whose turn it is.
func (b *inbox) next() source.ScriptedAnswer {
	out := source.ScriptedAnswer{Body: map[string]any{}}
	if len(b.script) > 0 {
		out = b.script[min(b.came, len(b.script)-1)]
	}
	b.came++
	if out.Status == 0 {
		out.Status = 200
	}
	return out
}

// fail makes everything unreadable from now on, for the first reason.
func (b *inbox) fail(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.spoil(err)
}

func (b *inbox) spoil(err error) {
	if b.broken == nil {
		b.broken = err
	}
}

// all are the items that were received.
func (b *inbox) all() ([]map[string]any, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.items), b.broken
}

// errTooLong is a body of which no part is kept.
var errTooLong = errors.New("it received a body of more than 256 KiB, which is all that is kept")

// text is a value as fields are compared; nothing is "".
func text(v any) string {
	if v == nil {
		return ""
	}
	return fmt.Sprint(value.Normal(v))
}
