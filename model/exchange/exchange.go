// Package exchange holds the words for single messages: how what is sent is written, and where in
// an answer something stands. It is plain data.
package exchange

// PlainMessage is one HTTP message that is sent without faults.
type PlainMessage struct {
	// Method is POST where a resource is created or a caller logs in, and GET otherwise, unless it
	// is said. Path follows the target's URL.
	Method string `json:"method,omitempty" yaml:"method"`
	Path   string `json:"path" yaml:"path"`
	// Body is sent as JSON, and a text as it is. A message has one of Body, Form, Text and Multipart
	// at most.
	Body any `json:"body,omitempty" yaml:"body"`
	// Form is sent as application/x-www-form-urlencoded; a list repeats its name.
	Form map[string]any `json:"form,omitempty" yaml:"form"`
	// Text is sent as it is, as text/plain unless a header says otherwise.
	Text string `json:"text,omitempty" yaml:"text"`
	// Multipart is sent as multipart/form-data. A value is a field; a mapping is a file: file is its
	// name, text what it holds, type its Content-Type.
	Multipart map[string]any `json:"multipart,omitempty" yaml:"multipart"`
	// Query stands behind the path; a list repeats its name.
	Query map[string]any `json:"query,omitempty" yaml:"query"`
	// Headers are sent besides the target's and the tenant's. Secrets belong into those.
	Headers map[string]string `json:"headers,omitempty" yaml:"headers"`
	// OK are the statuses that mean success; empty means any 2xx.
	OK []int `json:"ok,omitempty" yaml:"ok"`
}

// Content is what the message says besides its method and path.
func (m *PlainMessage) Content() Content {
	return Content{m.Body, m.Form, m.Text, m.Multipart, m.Query, m.Headers}
}

// Content is what a message says besides its method and path, as templates. One of Body, Form, Text
// and Multipart is set at most; none is a message without a body.
type Content struct {
	// Body is sent as JSON with sorted names; a text is sent as it is.
	Body any
	// Form is sent as application/x-www-form-urlencoded, sorted by name; a list repeats its name.
	Form map[string]any
	// Text is sent as it is, as text/plain unless a header says otherwise.
	Text string
	// Multipart is sent as multipart/form-data, sorted by name. A value is a field; a mapping is a
	// file: "file" is its name, "text" what it holds, "type" its Content-Type.
	Multipart map[string]any
	// Query stands behind the path, sorted by name; a list repeats its name.
	Query map[string]any
	// Headers are sent besides the target's and the tenant's.
	Headers map[string]string
}

// Bodies lists the names of the bodies that are set.
func (c Content) Bodies() []string {
	var out []string
	for _, one := range []struct {
		name string
		set  bool
	}{
		{"body", c.Body != nil},
		{"form", c.Form != nil},
		{"text", c.Text != ""},
		{"multipart", c.Multipart != nil},
	} {
		if one.set {
			out = append(out, one.name)
		}
	}
	return out
}
