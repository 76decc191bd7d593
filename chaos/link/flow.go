package link

import (
	"errors"
	"net"
	"slices"
	"sync/atomic"
	"syscall"

	"github.com/Shopify/toxiproxy/v2/stream"
	"github.com/Shopify/toxiproxy/v2/toxics"
)

// bufferSize is how much is read at once; a message of ours seldom needs more.
const bufferSize = 2 << 10

// flow is one direction of a link: source, chain of toxics, destination.
type flow struct {
	src, dst net.Conn
	toxics   []Toxic
	stubs    []*stub
	// resets reports whether the chain has a reset toxic, which acts once a byte has come (gotBytes).
	resets   bool
	gotBytes atomic.Bool
	// srcReset passes on a reset that the source saw.
	srcReset atomic.Bool
	// ended is closed when the destination has seen the end, done when no goroutine is left.
	ended, done chan struct{}
}

// stub is one running toxic.
type stub struct {
	*toxics.ToxicStub
	toxic    toxics.Toxic
	finished chan struct{}
}

func newFlow(src, dst net.Conn, chain []Toxic) *flow {
	return &flow{
		src: src, dst: dst, toxics: chain,
		resets: slices.ContainsFunc(chain, func(t Toxic) bool { return t.kind == "reset_peer" }),
		ended:  make(chan struct{}), done: make(chan struct{}),
	}
}

func (f *flow) start() {
	if len(f.toxics) == 0 {
		go f.copy()
		return
	}
	in := make(chan *stream.StreamChunk, bufferOf(f.toxics[0].stage))
	out := in
	for i, t := range f.toxics {
		next := make(chan *stream.StreamChunk, f.bufferAfter(i))
		f.stubs = append(f.stubs, newStub(t.stage, out, next))
		out = next
	}
	for _, s := range f.stubs {
		go s.run()
	}
	go f.read(stream.NewChanWriter(in))
	go f.write(out)
}

func (f *flow) bufferAfter(i int) int {
	if i+1 == len(f.toxics) {
		return 0
	}
	return bufferOf(f.toxics[i+1].stage)
}

func bufferOf(t toxics.Toxic) int {
	if b, ok := t.(toxics.BufferedToxic); ok {
		return b.GetBufferSize()
	}
	return 0
}

// copy is the chain of no toxics.
func (f *flow) copy() {
	defer close(f.done)
	buf := make([]byte, bufferSize)
	for {
		n, err := f.src.Read(buf)
		if n > 0 {
			if _, werr := f.dst.Write(buf[:n]); werr != nil {
				break
			}
		}
		if err != nil {
			f.srcReset.Store(errors.Is(err, syscall.ECONNRESET))
			break
		}
	}
	f.end()
}

func (f *flow) read(w *stream.ChanWriter) {
	buf := make([]byte, bufferSize)
	for {
		n, err := f.src.Read(buf)
		if n > 0 {
			f.gotBytes.Store(true)
			_, _ = w.Write(buf[:n]) // never fails
		}
		if err != nil {
			f.srcReset.Store(errors.Is(err, syscall.ECONNRESET))
			break
		}
	}
	_ = w.Close()
}

// write hands on what leaves the chain. A broken destination is no reason to stop taking: a toxic
// that cannot hand on its chunk would never end.
func (f *flow) write(out <-chan *stream.StreamChunk) {
	defer close(f.done)
	broken := false
	for c := range out {
		if broken {
			continue
		}
		_, err := f.dst.Write(c.Data)
		broken = err != nil
	}
	f.end()
	for _, s := range f.stubs {
		<-s.finished
	}
}

// end closes the destination the way the stream ended.
func (f *flow) end() {
	defer close(f.ended)
	switch {
	case f.resets && f.gotBytes.Load():
		// The way back ends when it sees that dst is gone, and would close src without a reset.
		_ = Reset(f.src)
		_ = Reset(f.dst)
	case f.srcReset.Load():
		_ = Reset(f.dst)
	default:
		_ = f.dst.Close()
	}
}

// interrupt makes toxics that sleep hand on what they hold and end.
func (f *flow) interrupt() {
	for _, s := range f.stubs {
		select {
		case s.Interrupt <- struct{}{}:
		case <-s.finished:
		}
	}
}

func newStub(t toxics.Toxic, in <-chan *stream.StreamChunk, out chan<- *stream.StreamChunk) *stub {
	s := &stub{ToxicStub: toxics.NewToxicStub(in, out), toxic: t, finished: make(chan struct{})}
	if stateful, ok := t.(toxics.StatefulToxic); ok {
		s.State = stateful.NewState()
	}
	return s
}

// run calls the toxic directly: ToxicStub.Run would roll dice for its toxicity. What comes after
// a toxic has ended is dropped, so that the stage before it never waits for nobody.
func (s *stub) run() {
	defer close(s.finished)
	s.toxic.Pipe(s.ToxicStub)
	if !s.Closed() {
		s.Close()
	}
	for c := range s.Input {
		_ = c
	}
}
