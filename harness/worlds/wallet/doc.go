// Package wallet has no program: its tests run contracts with decimal amounts, texts and lists
// against a small service, in memory and over TCP.
package wallet
