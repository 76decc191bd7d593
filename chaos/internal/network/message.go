package network

import (
	"bytes"
	"strconv"
	"strings"
)

// maxHead bounds the head of a message; what is longer is not HTTP that we could read.
const maxHead = 256 << 10

// usualHead is what most heads need.
const usualHead = 512

// message finds the end of one HTTP/1 message in a stream of bytes. It reads no more of the
// message than it needs for that, so that even a malformed request passes as it was written.
type message struct {
	// response tells answers from requests; bodyless is set for answers to HEAD.
	response, bodyless bool

	part part
	head []byte
	// line is the line being read in a chunked body, left how much of the body or the chunk is
	// missing.
	line []byte
	left int64
	size int
}

type part int

const (
	inHead part = iota
	inBody
	inChunkSize
	inChunk
	inTrailer
	untilClose
	complete
)

// feed takes bytes up to the end of the message: n is how many of p belong to it, done whether it
// ended.
func (m *message) feed(p []byte) (n int, done bool) {
	for n < len(p) && m.part != complete {
		n += m.step(p[n:])
	}
	m.size += n
	return n, m.part == complete
}

func (m *message) step(p []byte) int {
	switch m.part {
	case inHead:
		return m.readHead(p)
	case inBody, inChunk:
		return m.readBody(p)
	case inChunkSize, inTrailer:
		return m.readLine(p)
	}
	return len(p)
}

func (m *message) readHead(p []byte) int {
	n := lineLength(p)
	if m.head == nil {
		m.head = make([]byte, 0, usualHead)
	}
	m.head = append(m.head, p[:n]...)
	if len(m.head) > maxHead {
		m.part = untilClose
	}
	if bytes.HasSuffix(m.head, []byte("\n\r\n")) || bytes.HasSuffix(m.head, []byte("\n\n")) {
		m.part = m.bodyKind()
	}
	return n
}

// lineLength is the length of the first line of p with its end, or all of p.
func lineLength(p []byte) int {
	if i := bytes.IndexByte(p, '\n'); i >= 0 {
		return i + 1
	}
	return len(p)
}

func (m *message) readBody(p []byte) int {
	n := int(min(m.left, int64(len(p))))
	m.left -= int64(n)
	if m.left == 0 {
		m.part = m.behindBody()
	}
	return n
}

// behindBody is the part that follows a body, or a chunk of one.
func (m *message) behindBody() part {
	if m.part == inBody {
		return complete
	}
	return inChunkSize
}

func (m *message) readLine(p []byte) int {
	n := lineLength(p)
	m.line = append(m.line, p[:n]...)
	if p[n-1] != '\n' {
		return n
	}
	text := strings.TrimSpace(string(m.line))
	m.line = m.line[:0]
	if m.part == inTrailer {
		if text == "" {
			m.part = complete
		}
		return n
	}
	m.beginChunk(text)
	return n
}

func (m *message) beginChunk(text string) {
	digits, _, _ := strings.Cut(text, ";")
	size, err := strconv.ParseInt(strings.TrimSpace(digits), 16, 32)
	switch {
	case err != nil || size < 0:
		m.part = untilClose
	case size == 0:
		m.part = inTrailer
	default:
		m.part, m.left = inChunk, size+2 // with the line end behind the data
	}
}

// bodyKind reads from the head how the body ends.
func (m *message) bodyKind() part {
	if m.response && (m.bodyless || bodylessStatus(m.status())) {
		return complete
	}
	if strings.Contains(strings.ToLower(m.field("Transfer-Encoding")), "chunked") {
		return inChunkSize
	}
	length, err := strconv.ParseInt(m.field("Content-Length"), 10, 64)
	if err == nil && length >= 0 {
		m.left = length
		if length == 0 {
			return complete
		}
		return inBody
	}
	if m.response {
		return untilClose
	}
	return complete
}

func bodylessStatus(status int) bool {
	return status/100 == 1 || status == 204 || status == 304
}

// field returns the first value of a header, "" when there is none.
func (m *message) field(name string) string {
	for line := range strings.Lines(string(m.head)) {
		key, value, ok := strings.Cut(line, ":")
		if ok && strings.EqualFold(strings.TrimSpace(key), name) {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// status is the status of an answer, 0 when its first line names none.
func (m *message) status() int {
	words := strings.Fields(m.firstLine())
	if len(words) < 2 {
		return 0
	}
	n, err := strconv.Atoi(words[1])
	if err != nil {
		return 0
	}
	return n
}

// method is the method of a request.
func (m *message) method() string {
	method, _, _ := strings.Cut(m.firstLine(), " ")
	return method
}

func (m *message) firstLine() string {
	return string(m.head[:lineLength(m.head)])
}

// headless reports whether the head was longer than we read.
func (m *message) headless() bool { return len(m.head) > maxHead }

// closed reports whether the message is whole now that the stream has ended.
func (m *message) closed() bool { return m.part == complete || m.response && m.part == untilClose }
