// Package wallet has no program: its tests run contracts with decimal amounts, texts, lists and
// pages against a small service, in memory and over TCP.
package wallet
