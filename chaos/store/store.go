// Package store carries the connections between a service and its store, and tells what happens on
// them: it is where a COMMIT can be kept from the store, or its answer from the service. What is
// said there is known to a [Protocol].
package store

import (
	"context"
	"net"
)

// Act is something that a service asks of its store, or that the store has answered.
type Act string

// The acts. Each is told before the message with which it comes goes on.
const (
	// Begin is a transaction that is asked for.
	Begin Act = "begin"
	// FirstWrite is the first statement of a transaction that writes, or a write outside of one.
	FirstWrite Act = "first-write"
	// CommitSent is what makes writes last: a COMMIT, or the end of a write outside a transaction.
	CommitSent Act = "commit-sent"
	// CommitAnswered is the store's answer that writes last. It is not told of a commit that failed.
	CommitAnswered Act = "commit-answered"
	// EncryptionRefused is a service that left because the link does not speak TLS: nothing could be
	// seen in it. The service has to connect without, as with sslmode=disable.
	EncryptionRefused Act = "encryption-refused"
)

// Passage is an act on one connection.
type Passage struct {
	// Connection numbers the connections of a link, from 1.
	Connection int
	Act        Act
}

// Ruling is what becomes of the message with which an act comes. The zero value is Pass.
type Ruling int

// The rulings.
const (
	// Pass lets it go on.
	Pass Ruling = iota
	// Cut closes the connection on both sides, and the message is lost.
	Cut
)

// Watch rules on what is seen. The message waits meanwhile, so that a delay is a watch that waits,
// and a process can be stopped right there. It returns when the context ends. Connections call it
// side by side.
type Watch func(context.Context, Passage) Ruling

// Protocol knows what services and stores of a kind say.
type Protocol interface {
	// Carry joins a service and its store until one of them leaves, the connection is cut or the
	// context ends, and has closed both then. An error tells what was not understood; a connection
	// that ended is none.
	Carry(ctx context.Context, service, store net.Conn, rule func(Act) Ruling) error
}
