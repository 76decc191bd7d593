package race

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// ours are the headers that say how a message is carried, which is not the line's choice.
var ours = []string{
	"Accept-Encoding", "Connection", "Content-Length", "Expect", "Keep-Alive", "Proxy-Connection",
	"TE", "Transfer-Encoding", "Upgrade",
}

// head renders the request line and the headers.
func (l *Line) head() []byte {
	var b bytes.Buffer
	host := l.URL.Host
	var lines []string
	for _, h := range l.sent() {
		if strings.EqualFold(h[0], "Host") {
			host = h[1]
			continue
		}
		lines = append(lines, h[0]+": "+h[1])
	}
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: %s\r\n", l.Method, l.URL.RequestURI(), host)
	for _, line := range lines {
		fmt.Fprintf(&b, "%s\r\n", line)
	}
	bodiless := slices.Contains([]string{http.MethodGet, http.MethodHead, http.MethodDelete}, l.Method)
	if len(l.Body) > 0 || !bodiless {
		fmt.Fprintf(&b, "Content-Length: %d\r\n", len(l.Body))
	}
	b.WriteString("\r\n")
	return b.Bytes()
}

// sent are the headers that go out: those of the line, and what curl says of itself where it says
// nothing else. Cookies of several headers are one, as browsers send them.
func (l *Line) sent() [][2]string {
	var out [][2]string
	has := func(name string) int {
		return slices.IndexFunc(out, func(h [2]string) bool { return strings.EqualFold(h[0], name) })
	}
	for _, h := range l.Headers {
		carried := func(name string) bool { return strings.EqualFold(name, h[0]) }
		if slices.ContainsFunc(ours, carried) {
			continue
		}
		if i := has("Cookie"); i >= 0 && carried("Cookie") {
			out[i][1] += "; " + h[1]
			continue
		}
		out = append(out, h)
	}
	for _, h := range [][2]string{{"User-Agent", "idemcheck"}, {"Accept", "*/*"}} {
		if has(h[0]) < 0 {
			out = append(out, h)
		}
	}
	return out
}

// Unsendable reports whether a header, the method or the address of a line would become another
// message.
func (l *Line) Unsendable() bool {
	control := func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }
	for _, h := range l.Headers {
		if strings.ContainsFunc(h[0]+h[1], control) || strings.ContainsAny(h[0], " :") {
			return true
		}
	}
	return l.Method == "" || strings.ContainsFunc(l.Method, func(r rune) bool {
		return r <= ' ' || r >= 0x7f
	})
}
