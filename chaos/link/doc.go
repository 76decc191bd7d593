// Package link carries the bytes of one connection in both directions through chains of
// Toxiproxy's own toxics.
//
// It works on any pair of net.Conn, holds no lock while it waits and asks no clock but package
// time, so the same link runs over TCP and over in-memory connections in a testing/synctest
// bubble. Every connection has a chain of its own, so nothing has to be added to or removed from
// a live chain; toxics always act (toxicity 1) and never vary (jitter 0), so a link rolls no
// dice.
package link
