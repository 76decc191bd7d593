// Package source holds the words for where effects and state stand that the service does not show
// over HTTP: in a database, in metrics, with somebody else. It is plain data.
package source

import (
	"slices"

	"github.com/idemcheck/idemcheck/model/value"
)

// Origin says where the items of a ledger, or the state of a resource, are read. One of its fields
// is set; the zero value names nothing.
type Origin struct {
	// SQL is a query to a database.
	SQL *Query `json:"sql,omitempty" yaml:"sql"`
	// Metrics are samples that somebody exposes for Prometheus.
	Metrics *Metrics `json:"metrics,omitempty" yaml:"metrics"`
	// Command is a program that prints the items.
	Command *Command `json:"command,omitempty" yaml:"command"`
	// HTTP is a list that another service shows.
	HTTP *Remote `json:"http,omitempty" yaml:"http"`
	// Sink is what the service sent to a sink (see sinks).
	Sink *Received `json:"sink,omitempty" yaml:"sink"`
	// Func is a function that a Go test hands over under this name.
	Func string `json:"func,omitempty" yaml:"func"`
}

// Kinds lists the names of the fields that are set, sorted.
func (o *Origin) Kinds() []string {
	var out []string
	for name, set := range map[string]bool{
		"sql": o.SQL != nil, "metrics": o.Metrics != nil, "command": o.Command != nil,
		"http": o.HTTP != nil, "sink": o.Sink != nil, "func": o.Func != "",
	} {
		if set {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

// Query is one query to a database, in a transaction that only reads.
type Query struct {
	// DSN says where the database is and who reads there: postgres://USER:PASSWORD@HOST/DATABASE,
	// mysql:// in the same form (MariaDB too), or sqlite:FILE. It may hold ${NAME} (environment), and
	// is never printed or saved.
	DSN string `json:"dsn" yaml:"dsn"`
	// Select is the statement. A column is a field of an item, under its name in lower case: numbers
	// and decimals as numbers, times as RFC 3339 text, JSON decoded, NULL as nothing. It cannot write.
	Select string `json:"select" yaml:"select"`
	// Args are the statement's parameters in their order, as templates such as {id}.
	Args []string `json:"args,omitempty" yaml:"args"`
	// Timeout bounds one reading. Zero means 5s.
	Timeout value.Duration `json:"timeout,omitempty" yaml:"timeout"`
}
