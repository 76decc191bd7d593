package origin

import (
	"fmt"
	"strings"

	"github.com/idemcheck/idemcheck/harness/contract/internal/problem"
	"github.com/idemcheck/idemcheck/model"
)

// Age lists what is wrong with how a contract has records of keys made older.
func Age(c *model.Contract) (out []problem.Problem) {
	if c.Age == nil {
		return nil
	}
	at := problem.At("age", "sql")
	wrong := func(below, message, advice string) {
		out = append(out, problem.Problem{
			Path: problem.Below(at, below), Message: message, Advice: advice,
		})
	}
	if c.Age.SQL == nil {
		return []problem.Problem{{
			Path: problem.At("age"), Message: "it does not say how records are made older",
			Advice: "write `age: {sql: {dsn: ..., update: ..., args: [...]}}`",
		}}
	}
	u := *c.Age.SQL
	if strings.TrimSpace(u.DSN) == "" {
		wrong("dsn", "dsn is missing", "write where the database is, such as ${DATABASE_URL}")
	}
	if strings.TrimSpace(u.Update) == "" {
		wrong("update", "update is missing", "write the statement that makes a record older")
	}
	if c.Promises.Retention == 0 {
		wrong("update", "the contract does not say when a key expires",
			"write how long keys live in promises.retention, or remove age")
	}
	args := make([]any, len(u.Args))
	for i, a := range u.Args {
		args[i] = a
	}
	out = append(out, templates(problem.Below(at, "args"), args, agedBy())...)
	for _, name := range []string{"{key}", "{seconds}"} {
		if !strings.Contains(strings.Join(u.Args, " "), name) {
			wrong("args", fmt.Sprintf("no parameter is %s", name), `write args: ["{seconds}", "{key}"] `+
				"and use both in the statement: it makes the record of one key older by that much")
		}
	}
	return out
}

// agedBy are the names that its parameters may hold.
func agedBy() map[string]bool {
	return map[string]bool{"key": true, "seconds": true, "mark": true, "tenant": true}
}
