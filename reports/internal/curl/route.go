package curl

import (
	"fmt"
	"strings"

	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/route"
)

// reached is the base of all paths, and the options with which curl reaches it; none for plain
// HTTP.
func reached(t model.TargetSettings) (base word, options []string) {
	base = template(t.URL)
	path, socket := route.Socket(t.URL)
	if socket {
		base = word{{"http://localhost", false}}
		if t.TLS != nil {
			base = word{{"https://localhost", false}}
		}
		options = append(options, "--unix-socket "+template(path).String())
	}
	if t.Host != "" {
		options = append(options, "-H "+join(literal("Host: "), template(t.Host)).String())
	}
	if t.HTTP == route.HTTP2 && (t.TLS != nil || strings.HasPrefix(t.URL, "https:")) {
		options = append(options, "--http2")
	} else if t.HTTP == route.HTTP2 {
		options = append(options, "--http2-prior-knowledge")
	}
	return base, append(options, ofTLS(t.TLS)...)
}

// ofTLS lists the options of TLS.
func ofTLS(t *route.TLS) (options []string) {
	if t == nil {
		return nil
	}
	if t.Insecure {
		options = append(options, "--insecure")
	}
	options = append(options, withFile("--cacert", t.CA)...)
	options = append(options, withFile("--cert", t.Cert)...)
	return append(options, withFile("--key", t.Key)...)
}

// withFile is an option that names a file, where there is one.
func withFile(option, file string) []string {
	if file == "" {
		return nil
	}
	return []string{option + " " + template(file).String()}
}

// reach says where the service is, and makes every curl of the script reach it.
func reach(s *Script) {
	base, options := reached(s.contract.Target)
	s.head = append(s.head, "base=${BASE:-"+base.String()+"}")
	for i, one := range s.contract.Target.Replicas {
		if _, socket := route.Socket(one); socket {
			s.Cannot = append(s.Cannot, "a replica at a Unix socket")
		}
		s.head = append(s.head, fmt.Sprintf("base%d=${BASE%d:-%s}", i+1, i+1, template(one).String()))
	}
	if len(options) > 0 {
		s.head = append(s.head, "curl() { command curl "+strings.Join(options, " ")+` "$@"; }`)
	}
}
