// Package saved reads the cases that earlier failures of a test have left beside it, and leaves out
// those that are no cases of the contract any more.
package saved

import (
	"fmt"
	"path/filepath"
	"reflect"
	"slices"

	"github.com/idemcheck/idemcheck/harness/files"
	"github.com/idemcheck/idemcheck/harness/plan"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/value"
)

// Loaded are saved cases that fit a contract.
type Loaded struct {
	// Cases are numbered from 0 in the order of their files' names, and Paths are the files.
	Cases []model.Case
	Paths []string
	// Notes say which files were left out, and why.
	Notes []string
}

// Load reads the plans in a folder. It is no error when there is none. Scenarios are those of which
// new cases would be drawn.
func Load(folder string, c *model.Contract, scenarios []plan.Scenario) Loaded {
	var out Loaded
	paths, _ := filepath.Glob(filepath.Join(folder, "*.json")) // a folder's name has no pattern in it
	for _, path := range paths {
		saved, err := files.LoadPlan(path)
		if err != nil {
			out.leave(path, err.Error())
			continue
		}
		for _, one := range saved.Cases {
			if why := misfit(c, &saved.Contract, &one, scenarios); why != "" {
				out.leave(path, why)
				continue
			}
			one.Index = len(out.Cases)
			out.Cases = append(out.Cases, one)
			out.Paths = append(out.Paths, path)
		}
	}
	return out
}

// leave notes that a file is left out.
func (l *Loaded) leave(path, why string) {
	l.Notes = append(l.Notes, fmt.Sprintf("the saved case %s is left out: %s\n"+
		"next: delete the file, unless the contract is wrong", path, why))
}

// misfit says why a case is none of a contract, or "". The saved contract is that which it was
// drawn for.
func misfit(c, saved *model.Contract, one *model.Case, scenarios []plan.Scenario) string {
	for _, r := range one.Resources {
		if _, ok := c.Resources[r.Type]; !ok {
			return fmt.Sprintf("the contract has no resource %q any more", r.Type)
		}
	}
	for _, op := range one.Operations {
		if why := strange(c, saved, one, op); why != "" {
			return why
		}
	}
	if reflect.DeepEqual(c.Key, saved.Key) && reflect.DeepEqual(c.Promises, saved.Promises) {
		return ""
	}
	i := slices.IndexFunc(scenarios, func(s plan.Scenario) bool { return s.Name == one.Scenario })
	if i < 0 {
		return "it was saved when the contract made other promises"
	}
	return plan.Applicable(scenarios[i], c)
}

// strange says why an operation is none of a contract, or "".
func strange(c, saved *model.Contract, one *model.Case, op model.PlannedOperation) string {
	typ, ok := c.Operations[op.Type]
	switch {
	case !ok:
		return fmt.Sprintf("the contract has no operation %q any more", op.Type)
	case !slices.Contains(c.TenantNames(), op.Tenant):
		return fmt.Sprintf("the contract has no tenant %q any more", op.Tenant)
	}
	for name := range op.Args {
		if _, ok := typ.Args[name]; !ok {
			return fmt.Sprintf("the operation %q has no argument %q any more", op.Type, name)
		}
	}
	for name, arg := range typ.Args {
		v, ok := op.Args[name]
		same := reflect.DeepEqual(arg, saved.Operations[op.Type].Args[name])
		if !ok || !same && !holds(arg, v, one) && !fails(typ, name, v) {
			return fmt.Sprintf("the argument %q of the operation %q has other values now", name, op.Type)
		}
	}
	return ""
}

// holds reports whether a value is one of an argument's. Of texts and lists nobody knows.
func holds(arg model.Arg, v any, one *model.Case) bool {
	switch {
	case arg.Resource != "":
		return slices.ContainsFunc(one.Resources, func(r model.Resource) bool {
			return r.Name == v && r.Type == arg.Resource
		})
	case arg.Decimal != nil:
		return arg.Decimal.Holds(v)
	case arg.Whole():
		n, ok := v.(int64)
		return ok && arg.Min <= n && n <= arg.Max
	}
	return slices.ContainsFunc(arg.OneOf, func(w any) bool { return value.Equal(v, w) })
}

// fails reports whether a value is one with which an operation fails by itself.
func fails(typ model.OperationType, name string, v any) bool {
	return slices.ContainsFunc(typ.FailsWhen, func(f model.Failure) bool {
		want, ok := f.Args[name]
		return ok && value.Equal(v, want)
	})
}
