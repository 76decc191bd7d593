package main

import (
	"fmt"

	"github.com/idemcheck/idemcheck/model/judge"
	"github.com/idemcheck/idemcheck/reports"
)

// decisions prints what tells rules about repeats apart, under the list of rules.
func (a *app) decisions() error {
	rows := [][]string{}
	for _, d := range judge.Decisions() {
		rows = append(rows, []string{d.First, d.Then, d.Rule})
	}
	fmt.Fprintln(a.out, "\nWhich of them it is: the first row that fits.")
	return reports.Table(a.out, []string{"FIRST", "THEN", "RULE"}, rows)
}
