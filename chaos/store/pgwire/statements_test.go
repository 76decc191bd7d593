package pgwire

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestVerbs(t *testing.T) {
	for text, want := range map[string][]verb{
		"":                                       nil,
		" ;; -- nothing":                         nil,
		"select 1":                               {reads},
		"BEGIN":                                  {begins},
		"begin isolation level read only":        {begins},
		"START TRANSACTION":                      {begins},
		"COMMIT":                                 {commits},
		"end":                                    {commits},
		"commit; ":                               {commits},
		"ROLLBACK":                               {rollsBack},
		"abort":                                  {rollsBack},
		"rollback to savepoint a":                {reads},
		"savepoint a":                            {reads},
		"/* a /* b */ ; */ insert into t":        {writes},
		"-- insert\nupdate t set a = 1":          {writes},
		"insert into t values ('a;commit')":      {writes},
		"insert into t values ('it''s; commit')": {writes},
		`insert into t values (E'it\'s; commit')`:        {writes},
		"insert into t values ($$;commit;$$)":            {writes},
		"insert into t values ($a$;$$;commit;$a$)":       {writes},
		"insert into t values ($1); commit":              {writes, commits},
		`update "a;commit" set b = 1`:                    {writes},
		"with a as (insert into t returning *) select 1": {writes},
		"with a as (select 1) select 'insert'":           {reads},
		"explain analyze delete from t":                  {writes},
		"copy t from stdin":                              {writes},
		"copy t to stdout":                               {reads},
		"begin; delete from t; commit":                   {begins, writes, commits},
		"select 'open":                                   {reads},
		"select /* open":                                 {reads},
		"sélect ünsert":                                  {reads},
	} {
		require.Equal(t, want, verbs(text), text)
	}
}

func FuzzVerbs(f *testing.F) {
	f.Add("begin; insert into t values ($a$;$a$, E'\\'', '\"'); /* */ commit")
	f.Fuzz(func(_ *testing.T, text string) { verbs(text) })
}
