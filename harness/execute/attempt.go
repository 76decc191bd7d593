package execute

import (
	"fmt"
	"strings"
)

// attemptText is what {attempt} stands for in attempt n of an operation.
func (b *binding) attemptText(operation string, n int) string {
	return fmt.Sprintf("ic-%s-%s.%d", b.nonce, operation, n)
}

// numbered puts the text of one attempt into a text of an operation.
func (o *bound) numbered(text, attempt string) string {
	if o.fresh == "" {
		return text
	}
	return strings.ReplaceAll(text, o.fresh, attempt)
}

// request is the head and the payload of one attempt.
func (b *binding) request(op *bound, n int) (head, payload []byte) {
	if op.fresh == "" {
		return b.attemptHead(op, n), op.payload
	}
	own, text, e := *op, b.attemptText(op.ID, n), op.envelope
	own.payload = []byte(op.numbered(string(op.payload), text))
	e.path = op.numbered(e.path, text)
	e.own = make(map[string]string, len(op.envelope.own))
	for name, value := range op.envelope.own {
		e.own[name] = op.numbered(value, text)
	}
	own.head = b.executor.head(e, len(own.payload))
	return b.attemptHead(&own, n), own.payload
}
