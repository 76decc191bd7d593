package verdict

import "strings"

// Mistake is a line of the contract that does not describe the service: operations that were sent
// once, without any fault, showed something else.
type Mistake struct {
	// Path is where in the contract, name by name, and Place the file, line and column of it; empty
	// where no file is known.
	Path  []string `json:"path"`
	Place string   `json:"place,omitempty"`
	// Declared is what the contract says, Observed what the service showed, Write what to write
	// instead.
	Declared string `json:"declared"`
	Observed string `json:"observed"`
	Write    string `json:"write"`
	// Request and Answer are what was sent and what came back, shortened and without secrets.
	Request string `json:"request,omitempty"`
	Answer  string `json:"answer,omitempty"`
}

// Line is the path as people write it, such as "operations.charge.ok".
func (m Mistake) Line() string { return strings.Join(m.Path, ".") }

// String says everything but the messages, in a sentence.
func (m Mistake) String() string {
	at := m.Line()
	if m.Place != "" {
		at += " (" + m.Place + ")"
	}
	return "the contract does not describe the service: " + at + " says " + m.Declared +
		", and the service showed " + m.Observed + "; " + m.Write
}

// NewLine is the line to write at the path, such as "ok: [201]"; false where several may be meant,
// or somebody has to think.
func (m Mistake) NewLine() (line string, ok bool) {
	line, ok = strings.CutPrefix(m.Write, "write ")
	outside := line
	if i, j := strings.Index(line, "{"), strings.LastIndex(line, "}"); i >= 0 && i < j {
		outside = line[:i] + line[j:] // commas within are of the value
	}
	return line, ok && strings.Contains(line, ": ") && !strings.Contains(outside, ", ")
}
