package hostile

import (
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"
)

// RightAnswer is what a right service would say.
type RightAnswer struct {
	Status int
	Body   string
}

// Trick is one way to be hostile.
type Trick struct {
	// Name is for people, and unique.
	Name string
	// Serve answers in place of a right answer.
	Serve func(w http.ResponseWriter, r *http.Request, right RightAnswer)
	// Severe tricks once took the machine's memory, disk or terminal, or never ended.
	Severe bool
}

// Tricks lists all tricks.
func Tricks() []Trick {
	return slices.Concat(texts(), values(), large(), headers(), statuses(), framing(), slow())
}

// severe marks tricks.
func severe(tricks ...Trick) []Trick {
	for i := range tricks {
		tricks[i].Severe = true
	}
	return tricks
}

// body answers with the right status and another body.
func body(name string, change func(right string) string) Trick {
	return Trick{Name: name, Serve: func(w http.ResponseWriter, _ *http.Request, a RightAnswer) {
		w.WriteHeader(a.Status)
		_, _ = io.WriteString(w, change(a.Body)) // whoever asked may have gone
	}}
}

// fixed answers with the right status and a body of its own.
func fixed(name, text string) Trick {
	return body(name, func(string) string { return text })
}

// raw answers with bytes of its own instead of HTTP, and closes.
func raw(name, bytes string) Trick {
	return wire(name, func(c net.Conn, _ RightAnswer) { _, _ = io.WriteString(c, bytes) })
}

// wire takes the connection and does with it what it likes.
func wire(name string, serve func(c net.Conn, right RightAnswer)) Trick {
	return Trick{Name: name, Serve: func(w http.ResponseWriter, _ *http.Request, a RightAnswer) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return // the client has gone
		}
		defer conn.Close()
		serve(conn, a)
	}}
}

// header answers rightly with more headers.
func header(name string, add func(http.Header)) Trick {
	return Trick{Name: name, Serve: func(w http.ResponseWriter, _ *http.Request, a RightAnswer) {
		add(w.Header())
		w.WriteHeader(a.Status)
		_, _ = io.WriteString(w, a.Body) // whoever asked may have gone
	}}
}

// repeat writes a text again and again, until the other side has gone or it was written so often.
func repeat(w io.Writer, text string, times int, pause time.Duration) {
	for n := 0; times == 0 || n < times; n++ {
		if _, err := io.WriteString(w, text); err != nil {
			return
		}
		if f, ok := w.(http.Flusher); ok && pause > 0 {
			f.Flush()
		}
		time.Sleep(pause)
	}
}

// replaced puts a value in the place of a field's.
func replaced(field, value string) func(string) string {
	return func(right string) string {
		before, after, found := strings.Cut(right, `"`+field+`":`)
		if !found {
			return right
		}
		end := strings.IndexAny(after, ",}")
		return before + `"` + field + `":` + value + after[end:]
	}
}

// everyNumber puts a value in the place of the numbers of balances and amounts.
func everyNumber(value string) func(string) string {
	return func(right string) string {
		return replaced("balance", value)(replaced("amount", value)(right))
	}
}
