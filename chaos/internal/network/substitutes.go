package network

import (
	"fmt"
	"net/http"
	"time"

	"github.com/idemcheck/idemcheck/model/fault"
)

// throttledAnswer is what a proxy says that lets nothing more through.
func throttledAnswer(f fault.Fault, now time.Time) []byte {
	const body = `{"error":"too many requests, try again later"}`
	retry := ""
	if v := retryAfterValue(f.RetryAfter, now); v != "" {
		retry = "Retry-After: " + v + "\r\n"
	}
	return fmt.Appendf(nil, "HTTP/1.1 %d %s\r\n%sContent-Type: application/json\r\n"+
		"Content-Length: %d\r\n\r\n%s", f.Status, http.StatusText(f.Status), retry, len(body), body)
}

// retryAfterValue writes the header's value. Dates count whole seconds: rounding up keeps the
// wait from being over before it began.
func retryAfterValue(planned string, now time.Time) string {
	switch planned {
	case "date":
		at := now.Add(2*time.Second - time.Nanosecond).Truncate(time.Second)
		return at.UTC().Format(http.TimeFormat)
	case "past":
		return now.Add(-time.Hour).UTC().Format(http.TimeFormat)
	}
	return planned
}

// gatewayAnswer is what gateways say when they got nothing to pass on.
func gatewayAnswer(status int) []byte {
	text := http.StatusText(status)
	body := fmt.Sprintf("<html><body><h1>%d %s</h1></body></html>", status, text)
	return fmt.Appendf(nil, "HTTP/1.1 %d %s\r\nContent-Type: text/html\r\n"+
		"Content-Length: %d\r\n\r\n%s", status, text, len(body), body)
}
