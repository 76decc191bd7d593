package chaos

import (
	"context"
	"net"
)

// Clients is implemented by nets that also carry the connections of clients other than ours, for
// example of an http.Transport: everything such a client sends for one attempt is counted as hits
// of that attempt.
type Clients interface {
	Net
	// Begin starts an attempt whose bytes somebody else writes. Head and Payload are used only for
	// their lengths, by cuts.
	Begin(a Attempt) ForeignAttempt
}

// ForeignAttempt is one attempt of a foreign client.
type ForeignAttempt interface {
	// DialContext opens a connection to the service through the attempt's faults. Network and
	// address are ignored. It may be called several times.
	DialContext(ctx context.Context, network, address string) (net.Conn, error)
	// End says what the client saw of the attempt in the end. The client must have closed its
	// connections or close them soon. Only the first call counts.
	End(o Completion)
}
