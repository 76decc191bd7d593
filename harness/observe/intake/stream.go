package intake

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// stream reads the list of a ledger one item after the other, so that a ledger of any length needs
// the memory of one item.
type stream struct {
	meter *meter
	dec   *json.Decoder
	// each receives the items; its error ends the reading.
	each func(item any) error
	// found reports whether the list was there, seen that anything was.
	found, seen bool
}

// ErrNoList means that something else stands where the list should be.
var ErrNoList = errors.New("no list")

// ReadItems reads an answer to its end and hands on the items at a dotted path. It reports whether
// something was at the path; an empty answer and null have no items.
func ReadItems(from io.Reader, path string, each func(item any) error) (found bool, err error) {
	return readItems(&meter{from: from, left: maxLedger}, path, each)
}

// readItems reads what a meter lets through.
func readItems(m *meter, path string, each func(item any) error) (found bool, err error) {
	whole := m.left
	m.value()
	s := &stream{meter: m, dec: json.NewDecoder(m), each: each}
	s.dec.UseNumber()
	err = s.at(path)
	switch {
	case errors.Is(err, io.EOF) && !s.seen:
		return true, nil
	case errors.Is(err, io.EOF):
		err = io.ErrUnexpectedEOF
	case errors.Is(err, errTooLong) && m.left <= 0:
		err = fmt.Errorf("it is longer than %s", BytesText(int(whole)))
	case errors.Is(err, errTooLong):
		err = fmt.Errorf("a value in it is longer than %s", BytesText(maxValue))
	}
	return s.found, err
}

// token reads the next token.
func (s *stream) token() (json.Token, error) {
	s.meter.value()
	t, err := s.dec.Token()
	s.seen = s.seen || err == nil
	return t, err
}

// at reads the value that comes next, at whose path the list is.
func (s *stream) at(path string) error {
	t, err := s.token()
	if err != nil {
		return err
	}
	if path == "" {
		return s.list(t)
	}
	name, rest, _ := strings.Cut(path, ".")
	switch t {
	case json.Delim('{'):
		return s.object(name, rest)
	case json.Delim('['):
		return s.elements(name, rest)
	}
	return nil
}

// object goes on in the field with a name.
func (s *stream) object(name, rest string) error {
	for s.dec.More() {
		key, err := s.token()
		if err != nil {
			return err
		}
		switch {
		case key != name:
			err = s.skip()
		case s.found:
			return fmt.Errorf("it has the field %q twice", name)
		default:
			err = s.at(rest)
		}
		if err != nil {
			return err
		}
	}
	return s.end()
}

// elements goes on in the element with a number.
func (s *stream) elements(name, rest string) error {
	wanted, err := strconv.Atoi(name)
	if err != nil {
		wanted = -1
	}
	for i := 0; s.dec.More(); i++ {
		if i == wanted {
			err = s.at(rest)
		} else {
			err = s.skip()
		}
		if err != nil {
			return err
		}
	}
	return s.end()
}

// list reads the list that a token begins.
func (s *stream) list(t json.Token) error {
	s.found = true
	if t == nil {
		return nil
	}
	if t != json.Delim('[') {
		return ErrNoList
	}
	for s.dec.More() {
		s.meter.value()
		var item any
		if err := s.dec.Decode(&item); err != nil {
			return err
		}
		if err := s.each(item); err != nil {
			return err
		}
	}
	return s.end()
}

// end reads the end of an object or a list. A decoder that could not read on says that there is no
// more, and why only when it is asked for it.
func (s *stream) end() error {
	_, err := s.token()
	return err
}

// skip reads over a value, however large and deep it is.
func (s *stream) skip() error {
	for depth := 0; ; {
		t, err := s.token()
		if err != nil {
			return err
		}
		switch t {
		case json.Delim('{'), json.Delim('['):
			depth++
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
		if depth == 0 {
			return nil
		}
	}
}
