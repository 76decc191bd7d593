// Package desk has no program: its tests run contracts of every kind of message against a small
// service, in memory and over TCP.
package desk
