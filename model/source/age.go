package source

import "github.com/idemcheck/idemcheck/model/value"

// Ageing says how the record that a service keeps of a key is made older, so that both sides of its
// expiry are seen without a wait. The zero value says nothing.
type Ageing struct {
	// SQL is a statement to the database that holds the records.
	SQL *Update `json:"sql" yaml:"sql"`
}

// Update is one statement that writes to a database.
type Update struct {
	// DSN says where the database is and who writes there, as that of a query does. It may hold
	// ${NAME} (environment), and is never printed or saved.
	DSN string `json:"dsn" yaml:"dsn"`
	// Update is the statement. It makes the record of one key older by some seconds, such as UPDATE
	// keys SET created = created - make_interval(secs => $1) WHERE key = $2, and touches nothing
	// else. If the service keeps records in several places, such as a cache, all of them must grow
	// older.
	Update string `json:"update" yaml:"update"`
	// Args are the statement's parameters in their order, as templates: {key} is the key, {seconds} a
	// whole number, and both must be there. {mark} and {tenant} are those of its operation.
	Args []string `json:"args" yaml:"args"`
	// Timeout bounds it. Zero means 5s.
	Timeout value.Duration `json:"timeout,omitempty" yaml:"timeout"`
}
