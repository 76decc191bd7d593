package files

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"runtime"
	"strings"
	"sync"

	"github.com/idemcheck/idemcheck/model"
)

// EachHistory reads a history file and hands on one history after another, so that a file of any
// size needs the memory of a few cases. A missing, damaged or foreign file is a [*ReadError]; what
// came before the damage has been handed on. What was cut off at the end is left out:
// [MapHistories] says whether something was.
func EachHistory(path string, each func(Header, *model.History) error) error {
	type handed struct {
		header  Header
		history *model.History
	}
	_, err := MapHistories(path,
		func(h Header, one *model.History) handed { return handed{h, one} },
		func(h handed) error { return each(h.header, h.history) })
	return err
}

// MapHistories is [EachHistory] for work that takes long: it calls work on several histories side
// by side, and each with the results in the order of the file, one at a time. It returns how the
// file ends, which says whether anything is missing.
func MapHistories[T any](
	path string, work func(Header, *model.History) T, each func(T) error,
) (Ending, error) {
	f, err := os.Open(path)
	if err != nil {
		return Ending{}, &ReadError{path, plainCause(err), historyAdvice}
	}
	defer f.Close()
	m := mapping[T]{path: path, work: work, each: each}
	err = m.read(bufio.NewReaderSize(f, blockSize))
	m.told.Planned = m.header.Planned
	return m.told, err
}

// read reads the whole file.
func (m *mapping[T]) read(in *bufio.Reader) error {
	first, err := in.ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return &ReadError{m.path, plainCause(err), historyAdvice}
	}
	next, _ := in.Peek(len(caseBegins) - 1) // what is wrong is found by reading on
	if len(next) == 0 || string(next) == caseBegins[1:] ||
		strings.HasPrefix(string(next), endBegins) {
		if err := m.readHeader(json.NewDecoder(strings.NewReader(first))); err != nil {
			return err
		}
		return m.blocks(in)
	}
	return m.stream(json.NewDecoder(io.MultiReader(strings.NewReader(first), in)))
}

const (
	// blockSize is how much is read at once; a block holds whole cases.
	blockSize = 1 << 18
	// caseBegins is how this package writes the beginning of a case.
	caseBegins = "\n" + `{"case":`
)

// mapping is one reading of a history file.
type mapping[T any] struct {
	path   string
	header Header
	// told is how the file ends.
	told Ending
	work func(Header, *model.History) T
	each func(T) error
}

// readHeader reads the first line.
func (m *mapping[T]) readHeader(dec *json.Decoder) error {
	dec.UseNumber() // large identifiers must keep their last digits
	if err := dec.Decode(&m.header); err != nil {
		return &ReadError{m.path, notHistory(err), historyAdvice}
	}
	if m.header.Schema != model.HistorySchema {
		return wrongVersion(m.path, m.header.Schema, model.HistorySchema)
	}
	return nil
}

// stream reads a file that somebody wrote in another way, a value after the other.
func (m *mapping[T]) stream(dec *json.Decoder) error {
	if err := m.readHeader(dec); err != nil {
		return err
	}
	c := cases{path: m.path, each: func(h *model.History) error {
		return m.each(m.work(m.header, h))
	}}
	err := c.decode(dec)
	if err == nil {
		err = c.hand()
	}
	if d, bad := errors.AsType[*damage](err); bad && d.cut {
		err = c.cut("")
	}
	if _, bad := errors.AsType[*damage](err); bad {
		err = c.damaged(0, err)
	}
	m.told = c.told
	return err
}

// block is a part of the file and what came of it.
type block[T any] struct {
	text string
	// first is the number of its first line in the file.
	first   int
	last    bool
	empty   bool
	results []T
	told    Ending
	err     error
	done    chan struct{}
}

// blocks reads a file as this package writes it: one goroutine cuts it between cases, several work
// on the parts, and this one hands on the results in order.
func (m *mapping[T]) blocks(in io.Reader) error {
	workers := runtime.GOMAXPROCS(0)
	todo, ordered := make(chan *block[T]), make(chan *block[T], 2*workers)
	stop := make(chan struct{})
	var wg sync.WaitGroup
	defer wg.Wait()
	defer close(stop)
	wg.Go(func() {
		defer close(ordered)
		defer close(todo)
		next := 2 // the header is a line
		cut(in, func(text string, last bool, err error) bool {
			b := &block[T]{
				text: text, first: next, last: last, empty: text == "", err: err, done: make(chan struct{}),
			}
			next += strings.Count(text, "\n")
			return send(ordered, b, stop) && send(todo, b, stop)
		})
	})
	for range workers {
		wg.Go(func() {
			var s scanner
			for b := range todo {
				m.process(&s, b)
			}
		})
	}
	for b := range ordered {
		<-b.done
		for _, result := range b.results {
			if err := m.each(result); err != nil {
				return err
			}
		}
		if b.err == nil && m.told.End != nil && !b.empty {
			b.err = (&cases{path: m.path}).damaged(b.first, errAfterEnd)
		}
		m.told.join(b.told)
		if b.err != nil {
			return b.err
		}
	}
	return nil
}

// send sends unless it is told to stop.
func send[T any](to chan<- T, v T, stop <-chan struct{}) bool {
	select {
	case to <- v:
		return true
	case <-stop:
		return false
	}
}

// process works on the histories of a block.
func (m *mapping[T]) process(s *scanner, b *block[T]) {
	defer close(b.done)
	if b.err != nil {
		b.err = &ReadError{m.path, plainCause(b.err), "run again"}
		return
	}
	c := cases{path: m.path, last: b.last, each: func(h *model.History) error {
		b.results = append(b.results, m.work(m.header, h))
		return nil
	}}
	b.err = c.lines(s, b.text, b.first)
	b.text, b.told = "", c.told
}

// cut cuts what it reads before the beginnings of cases, into blocks of about [blockSize], until
// it is told to stop.
func cut(in io.Reader, each func(text string, last bool, err error) bool) {
	buffer := make([]byte, 0, 2*blockSize)
	for {
		if cap(buffer)-len(buffer) < blockSize {
			buffer = append(make([]byte, 0, 2*cap(buffer)), buffer...)
		}
		n, err := io.ReadFull(in, buffer[len(buffer):len(buffer)+blockSize])
		buffer = buffer[:len(buffer)+n]
		switch {
		case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
			each(string(buffer), true, nil)
			return
		case err != nil:
			each("", true, err)
			return
		}
		if i := bytes.LastIndex(buffer, []byte(caseBegins)); i > 0 {
			if !each(string(buffer[:i+1]), false, nil) {
				return
			}
			buffer = buffer[:copy(buffer, buffer[i+1:])]
		}
	}
}
