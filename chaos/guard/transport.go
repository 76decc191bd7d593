package guard

import (
	"net/http"
	"time"
)

// Transport is an HTTP transport that dials admitted hosts only and uses no proxy, whatever the
// environment says. It follows no redirect, as no transport does; see [NoRedirect].
func (g *Guard) Transport() *http.Transport {
	return &http.Transport{
		DialContext: g.DialContext, MaxIdleConnsPerHost: 256, IdleConnTimeout: 30 * time.Second,
		MaxResponseHeaderBytes: maxHead,
	}
}

// maxHead bounds the status line and the headers of an answer, as those to operations are bounded.
const maxHead = 256 << 10

// NoRedirect makes an [http.Client] (its CheckRedirect) take a redirect as the answer that it is.
func NoRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// ProxyVariables lists the variables that make other programs use a proxy.
func ProxyVariables() []string {
	return []string{
		"HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy",
	}
}
