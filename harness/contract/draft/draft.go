// Package draft writes a contract to start from: short, in the order in which people read it,
// with a comment where something was guessed, and [Todo] where nobody could know.
package draft

import (
	"fmt"
	"strings"
)

// schema is where editors find what a contract may hold.
const schema = "https://raw.githubusercontent.com/idemcheck/idemcheck/main/docs/" +
	"idemcheck.schema.json"

// Sketch is a contract in the making. Texts are as the file has them: templates and ${NAME} in
// place, nothing secret.
type Sketch struct {
	// Source says in a few words what the draft was made from.
	Source string
	Name   string
	// URL is the base of all paths; URLNote is said beside it.
	URL, URLNote string
	// Headers are sent with everything.
	Headers Object
	// Dialect, Session (how callers log in), Key and Promises are written as they are; empty ones are
	// left out. KeyNote is said beside the key.
	Dialect  string
	Session  Object
	Key      Object
	KeyNote  string
	Promises Object
	// Resources, Operations and Ledgers are by name.
	Resources  []Entry
	Operations []Entry
	Ledgers    []Entry
	// Variables are the environment variables that it reads, and Left says what was left out, a
	// sentence each.
	Variables []FromEnv
	Left      []string
}

// Entry is a resource, an operation or a ledger, with what has to be said about it as a whole.
type Entry struct {
	Name   string
	Fields Object
	Notes  []string
}

// FromEnv is an environment variable that a contract reads, and what belongs into it, without its
// value.
type FromEnv struct{ Name, Holds string }

// String is the contract file.
func (d *Sketch) String() string {
	p := &printer{}
	fmt.Fprintf(p, "# yaml-language-server: $schema=%s\n", schema)
	p.comment(0, "Made from "+d.Source+": look at each line, it was guessed.")
	p.line(0, "version: 1", "")
	p.line(0, "name: "+scalar(d.Name), "")
	p.target(d)
	if d.Dialect != "" {
		p.line(0, "dialect: "+scalar(d.Dialect), "`idemcheck list dialects` says what that promises")
	}
	p.part("session", d.Session, "")
	p.part("key", d.Key, d.KeyNote)
	p.part("promises", d.Promises, "")
	p.entries("resources", "made fresh for every case", d.Resources)
	p.entries("operations", "", d.Operations)
	p.entries("ledgers", "where effects are counted", d.Ledgers)
	return p.String()
}

func (p *printer) target(d *Sketch) {
	p.line(0, "target:", "")
	p.line(2, "url: "+scalar(d.URL), d.URLNote)
	p.line(2, "timeout: auto", "")
	if len(d.Headers) > 0 {
		p.field(2, Field{Name: "headers", Value: d.Headers}, false)
	}
}

func (p *printer) part(name string, o Object, note string) {
	if len(o) > 0 {
		p.field(0, Field{Name: name, Value: o, Note: note}, false)
	}
}

func (p *printer) entries(name, note string, entries []Entry) {
	if len(entries) == 0 {
		return
	}
	p.line(0, name+":", note)
	for _, e := range entries {
		for _, note := range e.Notes {
			p.comment(2, note)
		}
		p.field(2, Field{Name: e.Name, Value: e.Fields}, true)
	}
}

// Todos counts what its reader has to do.
func (d *Sketch) Todos() int { return strings.Count(d.String(), "# "+Todo) }
