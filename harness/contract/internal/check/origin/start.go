package origin

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/idemcheck/idemcheck/harness/contract/internal/environment"
	"github.com/idemcheck/idemcheck/harness/contract/internal/problem"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/launch"
)

// Start checks how a contract says that its service is started.
func Start(c *model.Contract) (out []problem.Problem) {
	s, at := c.Start, problem.At("start")
	if s == nil {
		return nil
	}
	if len(s.Command) == 0 || s.Command[0] == "" {
		return []problem.Problem{{
			Path: problem.Below(at, "command"), Message: "start does not say which program is started",
			Advice: `write the program and its arguments, such as command: [./shop, --port, "{port}"]`,
		}}
	}
	if len(c.Target.Replicas) > 0 {
		out = append(out, problem.Problem{
			Path: problem.At("target", "replicas"), Message: "start starts one instance of the service",
			Advice: "remove target.replicas, or start",
		})
	}
	said := ""
	for i, word := range s.Command {
		said += word
		out = append(out, started(c, problem.Below(at, "command", fmt.Sprint(i)), word)...)
	}
	for _, name := range slices.Sorted(maps.Keys(s.Env)) {
		where := problem.Below(at, "env", name)
		said += s.Env[name]
		if !environment.IsName(name) {
			out = append(out, problem.Problem{
				Path: where, AtKey: true, Message: fmt.Sprintf("%q cannot be the name of a variable", name),
				Advice: "use letters, digits and _",
			})
		}
		out = append(out, started(c, where, s.Env[name])...)
	}
	told := strings.Contains(said, launch.Port)
	if told != strings.Contains(c.Target.URL, launch.Port) {
		out = append(out, problem.Problem{
			Path:    at,
			Message: "a free port is chosen, and only one of the service and target.url is told which",
			Advice: "write {port} in target.url (or leave that out) and in start.command or start.env, " +
				`such as env: {PORT: "{port}"}, or in neither`,
		})
	}
	return append(out, bounds(s, at)...)
}

// started checks one text that the service is started with.
func started(c *model.Contract, at []string, text string) []problem.Problem {
	out := references(at, text)
	for _, mark := range launch.Marks(text) {
		name, is := strings.CutPrefix(mark, "sink.")
		if _, known := c.Sinks[name]; is && !known {
			out = append(out, problem.Problem{
				Path: at, Message: fmt.Sprintf("there is no sink %q", name),
				Advice: problem.Suggest(name, slices.Sorted(maps.Keys(c.Sinks))),
			})
		}
	}
	return out
}

// bounds checks the times of a start, and what is read to see whether it is ready.
func bounds(s *launch.Start, at []string) (out []problem.Problem) {
	if s.ReadyWithin() < 0 || s.StopWithin() < 0 || s.Lease < 0 {
		out = append(out, problem.Problem{
			Path: at, Message: "ready.within, stop.within and lease cannot be negative",
			Advice: "write times such as 10s",
		})
	}
	if path := s.Path(); path != "" && !strings.HasPrefix(path, "/") {
		out = append(out, problem.Problem{
			Path: problem.Below(at, "ready", "path"), Message: "a path begins with /",
			Advice: "write such as path: /health",
		})
	}
	return out
}
