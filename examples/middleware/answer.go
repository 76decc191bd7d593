package middleware

import (
	"bytes"
	"maps"
	"net/http"
)

// write answers.
func (a *Answer) write(w http.ResponseWriter) {
	maps.Copy(w.Header(), a.Header)
	w.WriteHeader(a.Status)
	_, _ = w.Write(a.Body) // a client that has left will ask again
}

// recorder is the http.ResponseWriter that the handler writes to.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
	// sent is the header as it was with the status: later changes do not count.
	sent http.Header
}

// Header implements [http.ResponseWriter].
func (r *recorder) Header() http.Header { return r.header }

// WriteHeader implements [http.ResponseWriter].
func (r *recorder) WriteHeader(status int) {
	if r.status == 0 {
		r.status, r.sent = status, r.header.Clone()
	}
}

// Write implements [http.ResponseWriter].
func (r *recorder) Write(p []byte) (int, error) {
	r.WriteHeader(http.StatusOK)
	return r.body.Write(p)
}

func (r *recorder) answer() *Answer {
	r.WriteHeader(http.StatusOK)
	return &Answer{Status: r.status, Header: r.sent, Body: r.body.Bytes()}
}
