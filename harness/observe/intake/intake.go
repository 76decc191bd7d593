// Package intake reads answers to their end within bounds: whole ones, and lists item by item.
package intake

import (
	"errors"
	"fmt"
	"io"
)

// Bounds of what is read of one answer, after decompression. What is cut is an error of reading: a
// part of a ledger is no ledger.
const (
	// maxAnswer bounds what is read of one answer that is no ledger.
	maxAnswer = 1 << 20
	// maxLedger bounds what is read of one ledger, and maxValue one item or name in it.
	maxLedger = 256 << 20
	maxValue  = 64 << 10
)

// errTooLong means that an answer, or a value in it, is longer than what is read.
var errTooLong = errors.New("too long")

// meter lets so much through and then fails, unlike an [io.LimitedReader], which pretends an end.
type meter struct {
	from io.Reader
	// left is of the whole, and part of the value being read.
	left, part int64
}

// Read implements [io.Reader].
func (m *meter) Read(p []byte) (int, error) {
	if m.left <= 0 || m.part <= 0 {
		return 0, errTooLong
	}
	n, err := m.from.Read(p[:min(int64(len(p)), m.left, m.part)])
	m.left -= int64(n)
	m.part -= int64(n)
	return n, err
}

// value begins another value, of which a reader that reads ahead may have some already.
func (m *meter) value() { m.part = 2 * maxValue }

// ReadWhole reads an answer to its end.
func ReadWhole(from io.Reader) ([]byte, error) {
	body, err := io.ReadAll(&meter{from: from, left: maxAnswer + 1, part: maxAnswer + 1})
	if errors.Is(err, errTooLong) || len(body) > maxAnswer {
		return body, fmt.Errorf("it is longer than %s", BytesText(maxAnswer))
	}
	return body, err
}

// BytesText is a number of bytes for people.
func BytesText(n int) string {
	switch {
	case n >= 1<<20:
		return fmt.Sprintf("%d MiB", n>>20)
	case n >= 1<<10:
		return fmt.Sprintf("%d KiB", n>>10)
	}
	return fmt.Sprintf("%d bytes", n)
}
