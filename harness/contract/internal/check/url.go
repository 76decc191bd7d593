package check

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/idemcheck/idemcheck/harness/contract/internal/problem"
)

// URL tells what is wrong with an expanded base URL.
func URL(text string) *problem.Problem {
	// The URL may hold a password, so it is not repeated here.
	p := &problem.Problem{
		Path: problem.At("target", "url"), Message: "target.url is not an absolute http or https URL",
		Advice: "write the base of all paths, without query, such as http://127.0.0.1:8080",
	}
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Scheme != "http" && u.Scheme != "https",
		u.RawQuery != "" || u.ForceQuery || strings.Contains(text, "#"):
		return p
	case u.Hostname() == "":
		p.Message = "target.url names no host"
	case u.User != nil:
		p.Message = "target.url holds a user or a password, which would not be sent"
		p.Advice = "take it out, and write `Authorization: Basic ${CREDENTIALS}` under " +
			"target.headers (CREDENTIALS is base64 of user:password)"
	case !validPort(u.Port()):
		p.Message, p.Advice = "target.url has a port that is none", "write a port from 1 to 65535"
	default:
		return nil
	}
	return p
}

// validPort reports whether a port can be dialled; "" stands for that of the scheme.
func validPort(port string) bool {
	n, err := strconv.ParseUint(port, 10, 16)
	return port == "" || err == nil && n > 0
}
