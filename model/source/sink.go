package source

import "github.com/idemcheck/idemcheck/model/value"

// Sink is a service that idemcheck hosts for the length of a run, so that the service under test
// has somebody to call: a payment provider, a receiver of webhooks, a mail server. What it receives
// are items of the ledgers that name it (from.sink).
type Sink struct {
	// Listen is the address at which it takes HTTP, such as 127.0.0.1:9300. It may hold ${NAME}
	// (environment).
	Listen string `json:"listen,omitempty" yaml:"listen"`
	// SMTP is the address at which it takes mails instead. A mail is one item, however many
	// recipients it has; any login is accepted. It may hold ${NAME} (environment).
	SMTP string `json:"smtp,omitempty" yaml:"smtp"`
	// OncePer is the field by which the sink recognises a request that is sent again, as key: then
	// it is one item with the first, and is answered as that was unless with 5xx. Empty means that
	// each request is an item of its own.
	OncePer string `json:"once_per,omitempty" yaml:"once_per"`
	// Answers are given one after the other in the order in which requests come, and then the last
	// of them again and again. Absent means 200 with an empty JSON object.
	Answers []ScriptedAnswer `json:"answers,omitempty" yaml:"answers"`
}

// ScriptedAnswer is one answer of a sink.
type ScriptedAnswer struct {
	// Status is 200 unless it is said. Body is sent as JSON, in which {n} is the number of the
	// request, counted from 1. Headers are sent with it. Texts in both may hold ${NAME}
	// (environment).
	Status  int               `json:"status,omitempty" yaml:"status"`
	Body    any               `json:"body,omitempty" yaml:"body"`
	Headers map[string]string `json:"headers,omitempty" yaml:"headers"`
	// Delay is how long it takes after the request was received. Zero means no time.
	Delay value.Duration `json:"delay,omitempty" yaml:"delay"`
}
