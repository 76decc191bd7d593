package source

import (
	"github.com/idemcheck/idemcheck/model/follow"
	"github.com/idemcheck/idemcheck/model/value"
)

// Metrics are samples in the text format of Prometheus. A sample is an item: its labels are fields,
// and so is its value.
type Metrics struct {
	// URL is where they are read; it may hold ${NAME} (environment) and templates such as {id}.
	URL string `json:"url" yaml:"url"`
	// Name is that of the samples, such as charges_total.
	Name string `json:"name" yaml:"name"`
	// Labels are those that a sample must have, as templates such as {id}; it may have more.
	Labels map[string]string `json:"labels,omitempty" yaml:"labels"`
	// Headers are sent with it, and none of the target's. Their values may hold ${NAME}.
	Headers map[string]string `json:"headers,omitempty" yaml:"headers"`
	// Timeout bounds one reading. Zero means 5s.
	Timeout value.Duration `json:"timeout,omitempty" yaml:"timeout"`
}

// Command is a program that prints items, one JSON value a line. No shell runs it. What it prints
// to its standard error is part of the error when it fails.
type Command struct {
	// Run is the program and its arguments, which may hold ${NAME} (environment) and templates such
	// as {id}. A program without a slash is looked for as a shell does.
	Run []string `json:"run" yaml:"run"`
	// Env is its environment, besides that of idemcheck itself. Values may hold ${NAME}.
	Env map[string]string `json:"env,omitempty" yaml:"env"`
	// Timeout bounds one reading, after which the program and what it started are killed. Zero
	// means 5s.
	Timeout value.Duration `json:"timeout,omitempty" yaml:"timeout"`
}

// Remote is a list that another service shows over HTTP.
type Remote struct {
	// URL is what is read with GET; it may hold ${NAME} (environment) and templates such as {id}.
	URL string `json:"url" yaml:"url"`
	// Headers are sent with it, and none of the target's. Their values may hold ${NAME}.
	Headers map[string]string `json:"headers,omitempty" yaml:"headers"`
	// Items is the field that holds the list ("" when the answer is the list).
	Items string `json:"items,omitempty" yaml:"items"`
	// Pages says how the list goes on where an answer holds a part of it; absent means that each
	// holds all. An answer that names a next page in a header Link, or that has as many items as the
	// URL asks for at most, is an error then.
	Pages *follow.Pages `json:"pages,omitempty" yaml:"pages"`
	// Timeout bounds one reading, of all pages. Zero means 5s.
	Timeout value.Duration `json:"timeout,omitempty" yaml:"timeout"`
}

// Received is what came to a sink. Fields of an HTTP request are method, path (without its query),
// query.NAME, header.NAME (names in lower case), key (the header Idempotency-Key), body (decoded
// JSON, or the fields of a form), text (the body as it came) and status (what was answered). Those
// of a mail are from, to (a list), subject, header.NAME and text.
type Received struct {
	// Name is that of the sink.
	Name string `json:"name" yaml:"name"`
	// Where takes the items alone whose fields have these values, as templates such as {id}.
	Where map[string]string `json:"where,omitempty" yaml:"where"`
	// Find adds a field for each name: what the only group of a regular expression (RE2) matches in
	// the text, or else in the subject of a mail. It is empty where nothing matches.
	Find map[string]string `json:"find,omitempty" yaml:"find"`
}
