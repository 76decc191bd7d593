package main

import (
	"bytes"
	"encoding/json"
	"log"
	"os"
	"time"
)

// journal is a file of lines, each of which is on the disk before add returns.
type journal struct{ file *os.File }

// open reads the journal of a shop. A last line that is not whole was never answered for, and goes.
func open(path, broken string) (*shop, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	s := &shop{
		broken: broken, journal: journal{f},
		done: map[string]order{}, claims: map[string]time.Time{},
	}
	whole := text[:bytes.LastIndexByte(text, '\n')+1]
	for line := range bytes.Lines(whole) {
		var o order
		if err := json.Unmarshal(line, &o); err != nil {
			return nil, err
		}
		s.take(o)
	}
	if err := f.Truncate(int64(len(whole))); err != nil {
		return nil, err
	}
	_, err = f.Seek(0, 2)
	return s, err
}

// add writes a line. Without it nothing may be answered, so that the shop ends when it cannot.
func (j journal) add(o order) {
	line, err := json.Marshal(o)
	if err == nil {
		_, err = j.file.Write(append(line, '\n'))
	}
	if err == nil {
		err = j.file.Sync()
	}
	if err != nil {
		log.Fatal(err)
	}
}

// rewrite writes the journal anew, to another file which takes its place: what is under way goes on
// writing to the old one.
func (s *shop) rewrite() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	next := s.journal.file.Name() + ".new"
	f, err := os.Create(next)
	if err != nil {
		return err
	}
	for _, o := range s.orders {
		journal{f}.add(o)
	}
	return os.Rename(next, s.journal.file.Name())
}
