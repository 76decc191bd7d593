package observe

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"slices"

	"github.com/idemcheck/idemcheck/harness/internal/conditions"
	"github.com/idemcheck/idemcheck/harness/observe/witness"
)

// Unfit says of an error that a line of the contract may be its cause. Of one that the service or
// the network alone can have caused it does not say so.
func (p *Client) Unfit(err error, path ...string) error {
	var status *StatusError
	isStatus := errors.As(err, &status)
	if isStatus && !mistaken(status.Status) || !isStatus && !witness.IsNotAsDeclared(err) {
		return err
	}
	out := &witness.LineError{Path: path, Err: err}
	if p.Witness != nil {
		p.Witness.Unfit(out)
	}
	return out
}

// mistaken reports whether a status that was not wanted says that the request is not right, or that
// all is well, whoever sends it when.
func mistaken(status int) bool {
	other := []int{http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests}
	return status >= 200 && status < 500 && !conditions.Unauthorized(status) &&
		!slices.Contains(other, status)
}

// maxWitnessed is how much of an answer a witness is shown.
const maxWitnessed = 64 << 10

// overheard returns a reader of an answer of which a part is kept.
func (p *Client) overheard(from io.Reader, kept *bytes.Buffer) io.Reader {
	if p.Witness == nil {
		return from
	}
	return io.TeeReader(from, &bounded{kept, maxWitnessed})
}

// bounded keeps the beginning of what is written to it.
type bounded struct {
	to   *bytes.Buffer
	left int
}

// Write implements [io.Writer].
func (b *bounded) Write(p []byte) (int, error) {
	n := min(len(p), b.left)
	b.left -= n
	b.to.Write(p[:n])
	return len(p), nil
}

// testify shows the witness an exchange.
func (p *Client) testify(m BoundMessage, req *http.Request, status int, body string) {
	if p.Witness == nil {
		return
	}
	sent := ""
	if req.GetBody != nil {
		if in, err := req.GetBody(); err == nil {
			all, _ := io.ReadAll(io.LimitReader(in, maxWitnessed)) // it is in memory
			sent = string(all)
		}
	}
	p.Witness.Saw(witness.Overheard{
		Template: m.Path, Method: req.Method, Path: p.Mask.Text(req.URL.RequestURI()),
		Sent: p.Mask.Text(sent), Status: status, Body: p.Mask.Text(body),
	})
}
