// Package network is the part that every world shares: it carries attempts from a client of ours
// through a carrier (an embedded link or a Toxiproxy server) to a tap beside the service, makes
// the planned faults happen, and reports what the wire saw.
//
//	client ── carrier: chains of toxics ── tap ── service
//
// Toxics delay, cut and lose bytes. What needs knowledge of messages (holding back a last byte,
// waiting for another attempt, sending a request twice) is done by the tap, which reads HTTP in
// both directions.
package network
