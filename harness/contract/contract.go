// Package contract reads a contract file, checks it, and turns it into what the harness needs.
//
// [Load] and [Parse] give a checked [model.Contract] in which the dialect's and the general
// defaults are filled in. [Resolve] puts the environment into it just before a target is opened,
// [Redacted] takes secrets out just before it is saved. [Compile] makes the sequential
// specification that verdicts are judged by. The folder template makes the messages that are sent.
//
// Below, document reads the file (YAML, included files, lines and excerpts), check looks for what
// its shape does not show, spec compiles the expressions, environment knows references such as
// ${TOKEN} and secrets, and problem is what all of them say of a mistake.
package contract

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/idemcheck/idemcheck/harness/contract/internal/address"
	"github.com/idemcheck/idemcheck/harness/contract/internal/check"
	"github.com/idemcheck/idemcheck/harness/contract/internal/document"
	"github.com/idemcheck/idemcheck/harness/contract/internal/problem"
	"github.com/idemcheck/idemcheck/harness/contract/internal/spec"
	"github.com/idemcheck/idemcheck/model"
)

// Version is the version of the contract file that this package reads.
const Version = 1

// MinTimeout is the timeout of `timeout: auto` before anything was measured, and the least it may
// become.
const MinTimeout = document.MinTimeout

// Error is something wrong with a contract: the user's to mend, not ours.
type Error = problem.Error

// Compiled is a contract's sequential specification. It implements [model.Spec] and may be used
// from several goroutines at once.
type Compiled = spec.Compiled

// Load reads and checks the contract file at path. What is wrong with the file is an [*Error] (or
// several, joined).
func Load(path string) (*model.Contract, error) {
	src, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &Error{
			File: path, Message: "there is no such contract file", Err: err,
			Advice: "write one with `idemcheck init`, or name another with --contract FILE",
		}
	}
	if err != nil {
		return nil, &Error{
			File: path, Message: "the contract file cannot be read", Err: err,
			Advice: "check its permissions, or name another with --contract FILE",
		}
	}
	return parse(path, src, filepath.Dir(path))
}

// Parse checks a contract and fills in its defaults; name is what messages call the file. What is
// wrong with it is an [*Error], or several of them joined when they can be told apart. Such a
// contract includes no files.
func Parse(name string, src []byte) (*model.Contract, error) { return parse(name, src, "") }

// parse checks a contract that lies in a folder, or in none ("").
func parse(name string, src []byte, folder string) (*model.Contract, error) {
	all, err := document.Read(name, src, folder)
	if err != nil {
		return nil, err
	}
	c, err := all.Decode()
	if err != nil {
		return nil, err
	}
	if problems := normalize(c); len(problems) > 0 {
		return nil, all.Errors(problems)
	}
	if all.IsEmptyText("key", "header") {
		c.Key.Header = "" // whatever the dialect says
	}
	if problems := check.Check(c); len(problems) > 0 {
		return nil, all.Errors(problems)
	}
	if folder != "" {
		address.Anchor(&c.Target, folder)
		c.Start = address.AnchorStart(c.Start, folder)
	}
	return c, nil
}

// Check tells what is wrong with a contract that [Parse] did not make, such as one in a saved plan:
// an [*Error], or several of them joined.
func Check(c *model.Contract) error {
	if problems := check.Check(c); len(problems) > 0 {
		return problem.Errors(problems)
	}
	return nil
}

// Compile makes the specification of a contract, which may come from [Parse], from a plan or from
// Go. What is wrong with it is an [*Error].
func Compile(c *model.Contract) (*Compiled, error) { return spec.Compile(c) }

// normalize applies the defaults and makes numbers alike. It comes before the checks, which look at
// the contract as it will be used.
func normalize(c *model.Contract) []problem.Problem {
	if p := checkVersion(c); p != nil {
		return p
	}
	dialect, p := findDialect(c.Dialect)
	if p != nil {
		return p
	}
	applyDialect(c, dialect)
	applyDefaults(c)
	return normalise(c)
}

func checkVersion(c *model.Contract) []problem.Problem {
	switch c.Version {
	case Version:
		return nil
	case 0:
		return []problem.Problem{{
			Path: problem.At("version"), Message: "the contract does not say its version",
			Advice: fmt.Sprintf("add the line `version: %d`", Version),
		}}
	}
	return []problem.Problem{{
		Path:    problem.At("version"),
		Message: fmt.Sprintf("version %d of the contract file is not supported", c.Version),
		Advice:  fmt.Sprintf("write `version: %d`, or use a newer idemcheck", Version),
	}}
}
