package exchange

// SetupStep is a message that is sent before an operation: it makes what the operation works on.
type SetupStep struct {
	// Name is what reports call the step; empty means its method and path.
	Name string `json:"name,omitempty" yaml:"name"`
	// Method is POST unless it is said. Path follows the target's URL.
	Method string `json:"method,omitempty" yaml:"method"`
	Path   string `json:"path" yaml:"path"`
	// Body, Form, Text, Multipart, Query and Headers are as those of a message that makes a resource.
	// They may hold what the operation may, and {name}, what a step before captured.
	Body      any               `json:"body,omitempty" yaml:"body"`
	Form      map[string]any    `json:"form,omitempty" yaml:"form"`
	Text      string            `json:"text,omitempty" yaml:"text"`
	Multipart map[string]any    `json:"multipart,omitempty" yaml:"multipart"`
	Query     map[string]any    `json:"query,omitempty" yaml:"query"`
	Headers   map[string]string `json:"headers,omitempty" yaml:"headers"`
	// OK are the statuses that mean success; empty means any 2xx.
	OK []int `json:"ok,omitempty" yaml:"ok"`
	// Capture names what is kept of its answer: {name} in the steps behind it and in the operation. A
	// field of the body keeps its type, and of a Location without a pattern the last part is kept.
	Capture map[string]Spot `json:"capture,omitempty" yaml:"capture"`
}

// Message is what is sent.
func (s *SetupStep) Message() PlainMessage {
	return PlainMessage{
		Method: s.Method, Path: s.Path, Body: s.Body, Form: s.Form, Text: s.Text,
		Multipart: s.Multipart, Query: s.Query, Headers: s.Headers, OK: s.OK,
	}
}

// Title is what reports call the step.
func (s *SetupStep) Title() string {
	if s.Name != "" {
		return s.Name
	}
	return s.Method + " " + s.Path
}
