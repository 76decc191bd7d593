package origin

import (
	"fmt"
	"maps"
	"net"
	"regexp"
	"slices"
	"strings"

	"github.com/idemcheck/idemcheck/harness/contract/internal/problem"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/source"
)

// label is what names of sinks are made of, as those of ledgers.
var label = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]*$`)

// Sinks lists what is wrong with what idemcheck hosts for the service to call.
func Sinks(c *model.Contract) (out []problem.Problem) {
	for _, name := range slices.Sorted(maps.Keys(c.Sinks)) {
		at, s := problem.At("sinks", name), c.Sinks[name]
		if !label.MatchString(name) {
			out = append(out, problem.Problem{
				Path: at, Message: fmt.Sprintf("%q cannot be a name", name),
				Advice: "use letters, digits, - and _",
			})
		}
		out = append(out, listening(at, s)...)
		for i, a := range s.Answers {
			out = append(out, scripted(problem.Below(at, "answers", fmt.Sprint(i)), a)...)
		}
	}
	return out
}

// listening checks where a sink listens, and for what.
func listening(at []string, s source.Sink) []problem.Problem {
	switch {
	case (s.Listen == "") == (s.SMTP == ""):
		return []problem.Problem{{
			Path: at, Message: "it listens nowhere, or twice",
			Advice: "write one of `listen: 127.0.0.1:9300` (HTTP) and `smtp: 127.0.0.1:2525`",
		}}
	case s.SMTP != "" && (len(s.Answers) > 0 || s.OncePer != ""):
		return []problem.Problem{{
			Path: at, Message: "a sink of mails takes every mail, and each is one item",
			Advice: "remove `answers` and `once_per`",
		}}
	case s.Listen != "":
		return endpoint(problem.Below(at, "listen"), s.Listen)
	}
	return endpoint(problem.Below(at, "smtp"), s.SMTP)
}

// endpoint checks an address to listen at.
func endpoint(at []string, text string) []problem.Problem {
	if out := references(at, text); len(out) > 0 || strings.Contains(text, "${") {
		return out
	}
	if _, port, err := net.SplitHostPort(text); err != nil || port == "" {
		return []problem.Problem{{
			Path: at, Message: fmt.Sprintf("%q is no address", text),
			Advice: "write a host and a port, such as 127.0.0.1:9300",
		}}
	}
	return nil
}

// scripted checks one answer of a sink.
func scripted(at []string, a source.ScriptedAnswer) (out []problem.Problem) {
	if a.Status != 0 && (a.Status < 200 || a.Status > 599) {
		out = append(out, problem.Problem{
			Path:    problem.Below(at, "status"),
			Message: fmt.Sprintf("%d is no final status of HTTP", a.Status),
			Advice:  "write one between 200 and 599",
		})
	}
	out = append(out, lines(problem.Below(at, "headers"), a.Headers)...)
	return append(out, templates(problem.Below(at, "body"), a.Body, map[string]bool{"n": true})...)
}
