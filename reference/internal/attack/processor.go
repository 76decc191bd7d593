package attack

import (
	"context"
	"sync"

	"github.com/idemcheck/idemcheck/reference"
)

// processor agrees to everything, at once or, after hold, when told to work.
type processor struct {
	entered chan struct{} // one per authorisation that is held
	mu      sync.Mutex    // guards goOn
	goOn    chan struct{} // closed when the processor works
}

func newProcessor() *processor {
	p := &processor{entered: make(chan struct{}, 100), goOn: make(chan struct{})}
	close(p.goOn)
	return p
}

func (p *processor) hold() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.goOn = make(chan struct{})
}

// work also lets everybody go who is held.
func (p *processor) work() {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-p.goOn:
	default:
		close(p.goOn)
	}
}

func (p *processor) Authorize(ctx context.Context, _ reference.Authorization) error {
	p.mu.Lock()
	goOn := p.goOn
	p.mu.Unlock()
	select {
	case <-goOn:
		return ctx.Err()
	default:
	}
	p.entered <- struct{}{}
	select {
	case <-goOn:
	case <-ctx.Done():
	}
	return ctx.Err() // also when it ended before the processor went on
}
