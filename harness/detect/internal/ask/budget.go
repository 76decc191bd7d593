// Package ask sends single operations to a service, each once and with any key, and counts the
// requests: there are no more than a few.
package ask

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"sync"
)

// What becomes of a request that is one too many, and of one to a service that does not answer.
var (
	ErrSpent  = errors.New("the requests were spent before it was asked")
	errSilent = errors.New("the service left too much without an answer before it was asked")
)

// MaxRequests is how many HTTP requests are sent at most, logins and fresh resources included.
const MaxRequests = 60

// maxSilent is how many messages may be left without an answer: nobody waits for more.
const maxSilent = 3

// budget counts requests, and lets no more than [MaxRequests] through. It may be used from many
// goroutines.
type budget struct {
	mu sync.Mutex
	// n is how many were sent, silent how many were left without an answer. Protected by mu.
	n, silent int
}

// take counts one more request, or says why it may not be sent.
func (b *budget) take() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	err := b.over()
	if err == nil {
		b.n++
	}
	return err
}

// over says why no more is sent, or nil. The caller holds mu.
func (b *budget) over() error {
	switch {
	case b.n == MaxRequests:
		return ErrSpent
	case b.silent >= maxSilent:
		return errSilent
	}
	return nil
}

// unanswered counts a request that was left without an answer.
func (b *budget) unanswered() {
	b.mu.Lock()
	b.silent++
	b.mu.Unlock()
}

func (b *budget) sent() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.n
}

func (b *budget) lost() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.silent > 0
}

// maxAnswer is how much of an answer is read.
const maxAnswer = 1 << 20

// Heard is one HTTP answer.
type Heard struct {
	Status int
	Header http.Header
	Body   []byte
}

// tap lets requests through as long as there is budget, and keeps the last answer. One tap serves
// one message; logins that it needs go through it too.
type tap struct {
	budget *budget
	by     http.RoundTripper
	last   *Heard
}

// RoundTrip implements [http.RoundTripper].
func (t *tap) RoundTrip(req *http.Request) (*http.Response, error) {
	t.last = nil
	if err := t.budget.take(); err != nil {
		return nil, err
	}
	resp, err := t.by.RoundTrip(req)
	if err != nil {
		t.budget.unanswered()
		return nil, err
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	err = errors.Join(err, resp.Body.Close())
	if err != nil {
		t.budget.unanswered()
		return nil, err
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	t.last = &Heard{resp.StatusCode, resp.Header, body}
	return resp, nil
}
