package exchange

import "cmp"

// CleanUp is a message that is sent once when a case, or a run, is over, whatever came of it, to
// delete what it made. It never changes a verdict: that it failed is said beside it.
type CleanUp struct {
	// Per is a type of resource: the message is sent after each case, once for every resource of it,
	// as {id} and {unique}.
	Per string `json:"per,omitempty" yaml:"per"`
	// Operation is a type of operation: the message is sent after each case, once for every one of
	// it that was answered with an identity, as {identity}, {key} and {mark}. Without Per and
	// Operation it is sent at the end of the run, once as each tenant. {run} is what X-Idemcheck-Run
	// says.
	Operation string `json:"operation,omitempty" yaml:"operation"`
	// Method is DELETE unless it is said. Path follows the target's URL.
	Method string `json:"method,omitempty" yaml:"method"`
	Path   string `json:"path" yaml:"path"`
	// Body, Query and Headers are as those of a message that makes a resource.
	Body    any               `json:"body,omitempty" yaml:"body"`
	Query   map[string]any    `json:"query,omitempty" yaml:"query"`
	Headers map[string]string `json:"headers,omitempty" yaml:"headers"`
	// OK are the statuses that mean success; empty means any 2xx, and 404 and 410: it is gone.
	OK []int `json:"ok,omitempty" yaml:"ok"`
}

// Message is what is sent.
func (c *CleanUp) Message() PlainMessage {
	return PlainMessage{
		Method: cmp.Or(c.Method, "DELETE"), Path: c.Path, Body: c.Body, Query: c.Query,
		Headers: c.Headers, OK: c.OK,
	}
}

// AfterRun reports whether it is sent at the end of the run, and not after each case.
func (c *CleanUp) AfterRun() bool { return c.Per == "" && c.Operation == "" }
