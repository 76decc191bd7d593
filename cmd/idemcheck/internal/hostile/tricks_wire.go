package hostile

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// headers are heads that are not what they should be.
func headers() []Trick {
	set := func(name, field, value string) Trick {
		return header(name, func(h http.Header) { h.Set(field, value) })
	}
	return append(severe(
		wire("a header of 10 MB", func(c net.Conn, a RightAnswer) {
			_, _ = fmt.Fprintf(c, "HTTP/1.1 %d x\r\nX-Long: ", a.Status)
			repeat(c, strings.Repeat("x", 1<<20), 10, 0)
			_, _ = io.WriteString(c, "\r\nContent-Length: 0\r\n\r\n")
		}),
		wire("an endless header", func(c net.Conn, a RightAnswer) {
			_, _ = fmt.Fprintf(c, "HTTP/1.1 %d x\r\n", a.Status)
			repeat(c, "X-Again: yes\r\n", 0, 0)
		}),
		wire("endless 100 Continue", func(c net.Conn, _ RightAnswer) {
			repeat(c, "HTTP/1.1 100 Continue\r\n\r\n", 0, 0)
		}),
	),
		wire("10,000 headers", func(c net.Conn, a RightAnswer) {
			_, _ = fmt.Fprintf(c, "HTTP/1.1 %d x\r\n", a.Status)
			repeat(c, "X-Again: yes\r\n", 10_000, 0)
			_, _ = fmt.Fprintf(c, "Content-Length: %d\r\n\r\n%s", len(a.Body), a.Body)
		}),
		wire("1,000 early hints", func(c net.Conn, a RightAnswer) {
			repeat(c, "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n", 1000, 0)
			_, _ = fmt.Fprintf(c, "HTTP/1.1 %d x\r\nContent-Length: %d\r\n\r\n%s",
				a.Status, len(a.Body), a.Body)
		}),
		wire("escapes in a header", func(c net.Conn, a RightAnswer) {
			_, _ = fmt.Fprintf(c, "HTTP/1.1 %d \x1b[2J\r\nRetry-After: \x1b]0;x\x07\r\n"+
				"Content-Length: %d\r\n\r\n%s", a.Status, len(a.Body), a.Body)
		}),
		set("a huge Retry-After", "Retry-After", "999999999999999999999"),
		set("a negative Retry-After", "Retry-After", "-1"),
		header("a flood of cookies", func(h http.Header) {
			for i := range 500 {
				h.Add("Set-Cookie", fmt.Sprintf("c%d=%s", i, strings.Repeat("x", 100)))
			}
		}),
	)
}

// statuses are answers whose status is not what it should be.
func statuses() []Trick {
	var out []Trick
	for _, status := range []int{99, 101, 204, 299, 304, 418, 429, 500, 503, 999} {
		out = append(out, wire(fmt.Sprintf("status %d", status), func(c net.Conn, a RightAnswer) {
			_, _ = fmt.Fprintf(c, "HTTP/1.1 %d x\r\nContent-Length: %d\r\n\r\n%s",
				status, len(a.Body), a.Body)
		}))
	}
	for _, status := range []int{301, 302, 307, 308} {
		out = append(out, Trick{
			Name: fmt.Sprintf("redirect %d to itself", status),
			Serve: func(w http.ResponseWriter, r *http.Request, _ RightAnswer) {
				w.Header().Set("Location", r.URL.RequestURI())
				w.WriteHeader(status)
			},
		})
	}
	return out
}

// framing are answers whose end is not where they say, or that are no HTTP.
func framing() []Trick {
	head := func(name, field string) Trick {
		return wire(name, func(c net.Conn, a RightAnswer) {
			_, _ = fmt.Fprintf(c, "HTTP/1.1 %d x\r\n%s\r\n\r\n%s", a.Status, field, a.Body)
		})
	}
	return []Trick{
		head("a length that is too long", "Content-Length: 100000"),
		head("a length that is too short", "Content-Length: 3"),
		head("a negative length", "Content-Length: -5"),
		head("a length beyond numbers", "Content-Length: 99999999999999999999999"),
		head("two lengths", "Content-Length: 3\r\nContent-Length: 4"),
		head("no chunks", "Transfer-Encoding: chunked"),
		head("no length", "X-Nothing: 1"),
		head("a folded header", "X-Folded: a\r\n b"),
		raw("a chunk beyond numbers",
			"HTTP/1.1 201 x\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffff\r\nx"),
		raw("lone line feeds", "HTTP/1.1 201 Created\nContent-Length: 2\n\n{}"),
		raw("HTTP/1.0", "HTTP/1.0 201 Created\r\n\r\n{}"),
		raw("HTTP/0.9", `{"id":"x"}`),
		raw("HTTP/2", "\x00\x00\x12\x04\x00\x00\x00\x00\x00"),
		raw("SSH", "SSH-2.0-OpenSSH_9.2\r\n"),
		raw("TLS", "\x15\x03\x01\x00\x02\x02\x28"),
		raw("nothing", ""),
		raw("two answers", strings.Repeat("HTTP/1.1 201 x\r\nContent-Length: 2\r\n\r\n{}", 2)),
		wire("a reset", func(c net.Conn, _ RightAnswer) {
			if t, ok := c.(*net.TCPConn); ok {
				_ = t.SetLinger(0)
			}
		}),
	}
}

// slow are answers that do not end in time.
func slow() []Trick {
	const second = time.Second
	return severe(
		Trick{Name: "silence", Serve: func(_ http.ResponseWriter, r *http.Request, _ RightAnswer) {
			<-r.Context().Done()
		}},
		wire("a header of one byte a second", func(c net.Conn, _ RightAnswer) {
			_, _ = io.WriteString(c, "HTTP/1.1 201 ")
			repeat(c, "x", 0, second)
		}),
		wire("silence behind the header", func(c net.Conn, a RightAnswer) {
			_, _ = fmt.Fprintf(c, "HTTP/1.1 %d x\r\nContent-Length: 10\r\n\r\n", a.Status)
			_, _ = io.Copy(io.Discard, c) // until the client leaves
		}),
		Trick{Name: "a body by the second", Serve: func(
			w http.ResponseWriter, _ *http.Request, a RightAnswer,
		) {
			w.WriteHeader(a.Status)
			repeat(w, " ", 0, second)
		}},
	)
}
