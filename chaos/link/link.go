package link

import (
	"net"
	"sync"
)

// Link joins two connections through a chain in each direction. As with Toxiproxy, the end of one
// direction closes the connection it led to, and with it the other direction.
type Link struct {
	client, service net.Conn
	up              *flow

	arm  sync.Once
	down *flow
	// armed is closed when down is set.
	armed chan struct{}
	done  chan struct{}
}

// Join starts to carry bytes from client to service through the toxics up. The way back starts with
// [Link.Arm], so that its toxics can be chosen when the answer is known.
func Join(client, service net.Conn, up []Toxic) *Link {
	l := &Link{
		client: client, service: service, up: newFlow(client, service, up),
		armed: make(chan struct{}), done: make(chan struct{}),
	}
	l.up.start()
	go l.finish()
	return l
}

// Arm starts the way from service to client through the toxics down. Only the first call counts.
func (l *Link) Arm(down []Toxic) {
	l.arm.Do(func() {
		l.down = newFlow(l.service, l.client, down)
		l.down.start()
		close(l.armed)
	})
}

// Done is closed when both directions have ended and no goroutine of the link is left.
func (l *Link) Done() <-chan struct{} { return l.done }

// Kill closes both connections and interrupts every toxic, so that the link ends soon.
func (l *Link) Kill() {
	l.Arm(nil)
	_ = l.client.Close()
	_ = l.service.Close()
	l.up.interrupt()
	l.down.interrupt()
}

func (l *Link) finish() {
	<-l.up.ended // nothing will be answered: let the way back see the closed connection
	l.Arm(nil)
	<-l.armed
	<-l.down.done
	<-l.up.done
	close(l.done)
}
