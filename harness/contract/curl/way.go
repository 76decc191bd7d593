package curl

import (
	"strings"

	"github.com/idemcheck/idemcheck/harness/contract/shown"
)

// follow keeps what a flag says of the way to the service.
func follow(w *shown.Way, name, value string) {
	switch name {
	case "--insecure":
		w.Insecure = true
	case "--cacert":
		w.CA = value
	case "--cert":
		w.Cert, _, _ = strings.Cut(value, ":")
		if w.Key == "" {
			w.Key = w.Cert // one file may hold both
		}
	case "--key":
		w.Key = value
	case "--unix-socket":
		w.Socket = value
	case "--http2":
		w.HTTP2 = true
	case "--http2-prior-knowledge":
		w.HTTP2, w.Prior = true, true
	case "--http1.1", "--http1.0":
		w.HTTP2, w.Prior = false, false
	case "--proxy", "--socks5", "--socks5-hostname", "--resolve", "--connect-to", "--digest", "--ntlm",
		"--negotiate", "--aws-sigv4", "--config", "--netrc", "--netrc-optional", "--http3",
		"--http3-only", "--capath", "--abstract-unix-socket", "--request-target":
		w.Unfollowed = append(w.Unfollowed, name)
	}
}
