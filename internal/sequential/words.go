package sequential

import (
	"slices"
	"strings"
)

const ours = "github.com/idemcheck/idemcheck/"

func isOurs(path string) bool { return strings.HasPrefix(path, ours) }

// starters are functions that start goroutines, or call what they are given in one, whoever has
// them.
func starters() []string {
	return []string{
		"Go", "AfterFunc", "Parallel", "RunParallel", "Eventually", "EventuallyWithT",
		"EventuallyWithTf", "Eventuallyf", "Never", "Neverf",
	}
}

// isSequential reports whether nothing in a package of others starts a goroutine that calls us, the
// starters apart. What is not listed may: a package that is imported anew is taken for one that
// does.
func isSequential(path string) bool {
	return slices.ContainsFunc(strings.Fields(trees), func(with string) bool {
		return path == with || strings.HasPrefix(path, with+"/")
	}) || slices.Contains(strings.Fields(packages), path)
}

// trees are packages with all below them, packages are single ones.
const (
	trees = `
		compress container crypto embed encoding go hash html io math mime path regexp sync
		testing/fstest testing/iotest unicode`
	packages = `
		bufio bytes cmp context errors flag fmt iter maps net net/http net/http/cookiejar
		net/http/httptest net/netip net/textproto net/url os os/exec reflect runtime runtime/debug
		slices sort strconv strings testing text/template time
		github.com/expr-lang/expr github.com/expr-lang/expr/ast github.com/expr-lang/expr/file
		github.com/expr-lang/expr/types github.com/expr-lang/expr/vm
		github.com/getkin/kin-openapi/openapi3
		github.com/goccy/go-yaml github.com/goccy/go-yaml/ast github.com/goccy/go-yaml/lexer
		github.com/goccy/go-yaml/parser github.com/goccy/go-yaml/token
		github.com/santhosh-tekuri/jsonschema/v6 github.com/stretchr/testify/require
		mvdan.cc/sh/v3/expand mvdan.cc/sh/v3/syntax pgregory.net/rapid`
)

// words are what may be used of packages that also send, serve or start: names of what is said
// there, and what is done before the next line.
func words() map[string][]string {
	return map[string][]string{
		"net": {
			"Addr", "CIDRMask", "Conn", "Error", "ErrClosed", "IP", "IPMask", "IPNet", "JoinHostPort",
			"OpError", "ParseCIDR", "ParseIP", "SplitHostPort",
		},
		"net/http": {
			"CanonicalHeaderKey", "Cookie", "CookieJar", "Handler", "HandlerFunc", "Header",
			"MaxBytesError", "MaxBytesReader", "NewRequest", "NewRequestWithContext", "NoBody",
			"ParseCookie", "ParseSetCookie", "ParseTime", "ReadRequest", "ReadResponse", "Request",
			"Response", "ResponseWriter", "RoundTripper", "TimeFormat",
		},
		"net/http/httptest": {
			"NewRecorder", "NewRequest", "NewRequestWithContext", "ResponseRecorder",
		},
		"os/exec": {"Cmd", "Command", "CommandContext", "ErrNotFound", "ExitError", "LookPath"},
	}
}

// isWord reports whether a name of one of these packages is among them.
func isWord(path, name string) bool {
	if path == "net/http" && (strings.HasPrefix(name, "Method") || strings.HasPrefix(name, "Status")) {
		return true
	}
	return slices.Contains(words()[path], name)
}
