package environment

import (
	"maps"
	"slices"

	"github.com/idemcheck/idemcheck/harness/contract/internal/problem"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/source"
)

// InOrigin tells whether a path leads to where effects and state are read besides the service.
func InOrigin(path []string) bool {
	return len(path) > 2 && slices.Contains([]string{"from", "read_from"}, path[2])
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
	if o.SQL == nil {
		return &out, nil
	}
	query := *o.SQL
	out.SQL = &query
	var err error
	query.DSN, err = eachIn(problem.Below(path, "sql", "dsn"), query.DSN, f)
	return &out, err
}
