package benchmark_test

import (
	"fmt"

	toxiproxy "github.com/Shopify/toxiproxy/v2/client"

	"github.com/idemcheck/idemcheck/model/fault"
)

// switchOn adds the toxic that makes a fault happen, under the fault's name. It holds for every
// connection until it is removed. A late arrival lands when its toxic is removed: that costs the
// peer less time than waiting for it.
func (p *peer) switchOn(f fault.Fault) error {
	typ, stream, attributes := toxic(f)
	if typ == "" {
		return fmt.Errorf("the peer has no toxic for it")
	}
	_, err := p.proxy.AddToxic(string(f.Kind), typ, stream, 1, attributes)
	return err
}

// toxic names the toxic for a fault.
func toxic(f fault.Fault) (typ, stream string, attributes toxiproxy.Attributes) {
	const up, down = "upstream", "downstream"
	latency := toxiproxy.Attributes{"latency": f.Span.Std().Milliseconds()}
	switch {
	case f.Kind == fault.ResponseLost && f.Mode == fault.Reset:
		return "reset_peer", down, toxiproxy.Attributes{"timeout": 0}
	case f.Kind == fault.ResponseLost:
		return "timeout", down, toxiproxy.Attributes{"timeout": 0}
	case f.Kind == fault.RequestLost:
		return "timeout", up, toxiproxy.Attributes{"timeout": 0}
	case f.Kind == fault.ResponseCut:
		return "limit_data", down, toxiproxy.Attributes{"bytes": place(f.Phase)}
	case f.Kind == fault.LateArrival, f.Kind == fault.Delay && f.Mode == fault.Upstream:
		return "latency", up, latency
	case f.Kind == fault.Delay:
		return "latency", down, latency
	}
	return "", "", nil
}

// place is how many bytes of an answer of the reference service pass: someone who writes such a
// test looks at one answer and picks numbers.
func place(p fault.Phase) int {
	switch p {
	case fault.StatusLine:
		return 8
	case fault.Headers:
		return 60
	}
	return 180
}
