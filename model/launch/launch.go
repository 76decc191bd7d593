// Package launch holds the words for a service that idemcheck starts itself. It is plain data.
package launch

import (
	"strings"
	"time"

	"github.com/idemcheck/idemcheck/model/value"
)

// Start says how the service is started for the length of a run, and what its process may be done
// to. It is ended with the run, with all that it started.
type Start struct {
	// Command is the program and its arguments, which may hold ${NAME} (environment), {port} (a free
	// port, the same one in all of start and in target.url) and {sink.NAME} (the address of a sink).
	// No shell runs it. A program without a slash is looked for as a shell does.
	Command []string `json:"command" yaml:"command"`
	// Env is its environment, besides that of idemcheck itself. Values may hold what Command may.
	Env map[string]string `json:"env,omitempty" yaml:"env"`
	// Dir is the folder in which it runs. It is relative to the contract, in whose folder it runs when
	// nothing is said. It may hold ${NAME} (environment).
	Dir string `json:"dir,omitempty" yaml:"dir"`
	// Ready is when it can be sent to; absent means when it takes a connection.
	Ready *Ready `json:"ready,omitempty" yaml:"ready"`
	// Stop is how it is ended; absent means as its fields say.
	Stop *Stop `json:"stop,omitempty" yaml:"stop"`
	// Lease is how long the service lets a claim of an operation last whose owner is silent: pauses of
	// the process are longer. Zero means that pauses outlast the target's timeout alone.
	Lease value.Duration `json:"lease,omitempty" yaml:"lease"`
}

// Ready says when a service that was started can be sent to.
type Ready struct {
	// Path is read with GET until it is answered 2xx; empty means that a connection is enough.
	Path string `json:"path,omitempty" yaml:"path"`
	// Within is how long that may take. Zero means 30s.
	Within value.Duration `json:"within,omitempty" yaml:"within"`
}

// Stop says how a service is ended.
type Stop struct {
	// Within is how long it may take to end after SIGTERM, as in a rolling deploy; then it is killed.
	// Zero means 5s.
	Within value.Duration `json:"within,omitempty" yaml:"within"`
}

// Port stands for the port that was chosen.
const Port = "{port}"

// URL is where a service is that is started, when nothing else is said.
const URL = "http://127.0.0.1:" + Port

// Path is what is read until it is answered; "" when a connection is enough.
func (s *Start) Path() string {
	if s.Ready == nil {
		return ""
	}
	return s.Ready.Path
}

// ReadyWithin is how long it may take until the service can be sent to.
func (s *Start) ReadyWithin() time.Duration {
	if s.Ready == nil || s.Ready.Within == 0 {
		return 30 * time.Second
	}
	return s.Ready.Within.Std()
}

// StopWithin is how long it may take to end after SIGTERM.
func (s *Start) StopWithin() time.Duration {
	if s.Stop == nil || s.Stop.Within == 0 {
		return 5 * time.Second
	}
	return s.Stop.Within.Std()
}

// PauseFor is how long a pause lasts of a service whose clients wait for a timeout: longer than
// that and, by a tenth, than its claims last.
func (s *Start) PauseFor(timeout time.Duration) time.Duration {
	out := timeout + timeout/2
	if s != nil {
		out = max(out, s.Lease.Std()+s.Lease.Std()/10)
	}
	return out
}

// Example is a target's URL with some port in it, for those who check how it is written. s may be
// nil: then nothing is started, and the URL is as it is.
func (s *Start) Example(url string) string {
	if s == nil {
		return url
	}
	return strings.ReplaceAll(url, Port, "1")
}

// Marks lists what {…} a text holds, without the braces.
func Marks(text string) (out []string) {
	for {
		_, rest, opened := strings.Cut(text, "{")
		mark, after, closed := strings.Cut(rest, "}")
		if !opened || !closed {
			return out
		}
		out, text = append(out, mark), after
	}
}

// Fill puts values in the place of the marks of a text.
func Fill(text string, values map[string]string) string {
	for mark, by := range values {
		text = strings.ReplaceAll(text, "{"+mark+"}", by)
	}
	return text
}

// Filled is a copy of s with values in the place of the marks of its command and environment.
func (s *Start) Filled(values map[string]string) *Start {
	out := *s
	out.Command, out.Env = nil, map[string]string{}
	for _, word := range s.Command {
		out.Command = append(out.Command, Fill(word, values))
	}
	for name, text := range s.Env {
		out.Env[name] = Fill(text, values)
	}
	return &out
}
