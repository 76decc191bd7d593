package environment

import (
	"maps"
	"slices"
	"strconv"

	"github.com/idemcheck/idemcheck/harness/contract/internal/problem"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/launch"
	"github.com/idemcheck/idemcheck/model/source"
)

// InOrigin tells whether a path leads to where effects and state are read besides the service, or
// records of keys are made older, or to how the service is started: programs of this machine, with
// what they are told.
func InOrigin(path []string) bool {
	return path[0] == "start" || len(path) > 2 &&
		(path[0] == "age" || slices.Contains([]string{"from", "read_from"}, path[2]))
}

// eachOfAge copies how records are made older with a function applied to where they stand.
func eachOfAge(c *model.Contract, f change) (err error) {
	if c.Age == nil || c.Age.SQL == nil {
		return nil
	}
	update := *c.Age.SQL
	c.Age = &source.Ageing{SQL: &update}
	update.DSN, err = eachIn(problem.At("age", "sql", "dsn"), update.DSN, f)
	return err
}

// eachOfOrigins copies the ledgers and resources of a contract with a function applied to the texts
// that say where they are read.
func eachOfOrigins(c *model.Contract, f change) (err error) {
	c.Ledgers, c.Resources = maps.Clone(c.Ledgers), maps.Clone(c.Resources)
	for _, name := range slices.Sorted(maps.Keys(c.Ledgers)) {
		l := c.Ledgers[name]
		if l.From, err = eachOfOrigin(l.From, problem.At("ledgers", name, "from"), f); err != nil {
			return err
		}
		c.Ledgers[name] = l
	}
	for _, name := range slices.Sorted(maps.Keys(c.Resources)) {
		r, at := c.Resources[name], problem.At("resources", name, "read_from")
		if r.ReadFrom, err = eachOfOrigin(r.ReadFrom, at, f); err != nil {
			return err
		}
		c.Resources[name] = r
	}
	return nil
}

// eachOfOrigin copies one place with a function applied to its texts that may hold references.
func eachOfOrigin(o *source.Origin, path []string, f change) (*source.Origin, error) {
	if o == nil {
		return nil, nil
	}
	out := *o
	var err error
	if o.SQL != nil {
		query := *o.SQL
		out.SQL = &query
		query.DSN, err = eachIn(problem.Below(path, "sql", "dsn"), query.DSN, f)
		return &out, err
	}
	if out.Metrics, err = eachOfMetrics(o.Metrics, problem.Below(path, "metrics"), f); err != nil {
		return nil, err
	}
	if out.HTTP, err = eachOfRemote(o.HTTP, problem.Below(path, "http"), f); err != nil {
		return nil, err
	}
	out.Command, err = eachOfCommand(o.Command, problem.Below(path, "command"), f)
	return &out, err
}

func eachOfMetrics(m *source.Metrics, path []string, f change) (*source.Metrics, error) {
	if m == nil {
		return nil, nil
	}
	out := *m
	var err error
	if out.URL, err = eachIn(problem.Below(path, "url"), m.URL, f); err != nil {
		return nil, err
	}
	out.Headers, err = eachHeader(m.Headers, problem.Below(path, "headers"), f)
	return &out, err
}

func eachOfRemote(r *source.Remote, path []string, f change) (*source.Remote, error) {
	if r == nil {
		return nil, nil
	}
	out := *r
	var err error
	if out.URL, err = eachIn(problem.Below(path, "url"), r.URL, f); err != nil {
		return nil, err
	}
	out.Headers, err = eachHeader(r.Headers, problem.Below(path, "headers"), f)
	return &out, err
}

func eachOfCommand(c *source.Command, path []string, f change) (*source.Command, error) {
	if c == nil {
		return nil, nil
	}
	out := *c
	out.Run = slices.Clone(c.Run)
	var err error
	for i, word := range c.Run {
		at := problem.Below(path, "run", strconv.Itoa(i))
		if out.Run[i], err = eachIn(at, word, f); err != nil {
			return nil, err
		}
	}
	out.Env, err = eachHeader(c.Env, problem.Below(path, "env"), f)
	return &out, err
}

// eachOfStart copies how a service is started with a function applied to its texts.
func eachOfStart(s *launch.Start, f change) (*launch.Start, error) {
	if s == nil {
		return nil, nil
	}
	out, path := *s, problem.At("start")
	out.Command = slices.Clone(s.Command)
	var err error
	for i, word := range s.Command {
		at := problem.Below(path, "command", strconv.Itoa(i))
		if out.Command[i], err = eachIn(at, word, f); err != nil {
			return nil, err
		}
	}
	if out.Dir, err = eachIn(problem.Below(path, "dir"), s.Dir, f); err != nil {
		return nil, err
	}
	out.Env, err = eachHeader(s.Env, problem.Below(path, "env"), f)
	return &out, err
}

// eachOfSinks copies the sinks of a contract with a function applied to where they listen and to
// what they answer.
func eachOfSinks(c *model.Contract, f change) (err error) {
	c.Sinks = maps.Clone(c.Sinks)
	for _, name := range slices.Sorted(maps.Keys(c.Sinks)) {
		s, at := c.Sinks[name], problem.At("sinks", name)
		if s.Listen, err = eachIn(problem.Below(at, "listen"), s.Listen, f); err != nil {
			return err
		}
		if s.SMTP, err = eachIn(problem.Below(at, "smtp"), s.SMTP, f); err != nil {
			return err
		}
		if s.Answers, err = eachOfAnswers(s.Answers, problem.Below(at, "answers"), f); err != nil {
			return err
		}
		c.Sinks[name] = s
	}
	return nil
}

// IsTemplate tells whether what stands at a path is a template besides its references: then braces
// in the values of those stay braces.
func IsTemplate(path []string) bool {
	if InOrigin(path) {
		return path[len(path)-1] == "url" || path[len(path)-2] == "run"
	}
	return InSession(path) || isBody(path)
}
