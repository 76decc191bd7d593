package sight

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/idemcheck/idemcheck/harness/observe/witness"
	"github.com/idemcheck/idemcheck/internal/lists"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/value"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// stateVariable is a name of a state, "tenant/account-1.balance", with what the contract calls it.
type stateVariable struct {
	// resource is "tenant/account-1", typ its type, variable the rest.
	resource, typ, variable string
}

// variableOf reads a name of a state.
func variableOf(s *Sight, name string) stateVariable {
	cut := strings.LastIndexByte(name, '.')
	v := stateVariable{resource: name[:cut], variable: name[cut+1:]}
	for _, r := range s.Case.Resources {
		if strings.HasSuffix(v.resource, "/"+r.Name) {
			v.typ = r.Type
		}
	}
	return v
}

// path is where the contract says of it what it may.
func (v stateVariable) path(line string) []string {
	return []string{"resources", v.typ, "state", v.variable, line}
}

// beginnings compares the declared values of fresh resources with what they really had. Those that
// another was made from may have changed by that.
func beginnings(s *Sight) []verdict.Mistake {
	if !s.Measured {
		return nil
	}
	needed := map[string]bool{}
	for _, r := range s.Case.Resources {
		for _, typ := range s.contract.Resources[r.Type].Needs {
			needed[typ] = true
		}
	}
	var out []verdict.Mistake
	for _, name := range s.History.Initial.Names() {
		v := variableOf(s, name)
		declared := s.contract.Resources[v.typ].State[v.variable].Initial
		got := s.History.Initial[name]
		if declared == nil || needed[v.typ] || value.Equal(declared, got) {
			continue
		}
		out = append(out, s.Mistake(v.path("initial"), typed(value.Normal(declared)), typed(got),
			line("initial", typed(got))))
	}
	return out
}

// states compares the state after one execution.
func states(s *Sight, want model.State) []verdict.Mistake {
	wrong := lists.Where(s.History.Events, func(e model.Event) bool {
		return e.Kind == model.Observed && !value.Equal(e.Value, want[e.Name])
	})
	return lists.Map(wrong, func(e model.Event) verdict.Mistake {
		return state(s, e.Name, want[e.Name], e.Value)
	})
}

// state is the line that says of a variable what it is not.
func state(s *Sight, name string, want, got any) verdict.Mistake {
	v, before := variableOf(s, name), s.History.Initial[name]
	key := orElse(argumentOf(s, v.resource), v.typ) + "." + v.variable
	for then := range s.Type.Then {
		cut := strings.LastIndexByte(then, '.')
		if then[cut+1:] == v.variable && s.op.Args[then[:cut]] == v.resource {
			key = then
		}
	}
	source, computed := s.Type.Then[key]
	observed := fmt.Sprintf("%s (it was %s before)", typed(got), typed(before))
	if value.Equal(got, before) {
		if field := readFields(s, v, want); len(field) > 0 {
			return s.Mistake(v.path("field"), s.contract.Resources[v.typ].State[v.variable].Field,
				observed, line("field", field...))
		}
	}
	write := orElse(line(key, changes(s, key, before, got)...), "correct the line")
	if !computed {
		return s.Mistake(s.path("then"), key+" to stay "+typed(want), observed, write)
	}
	return s.Mistake(s.path("then", key), source+" = "+typed(want), observed, write)
}

// readFields lists the fields of the last answer to reading a resource that hold a value.
func readFields(s *Sight, v stateVariable, want any) []string {
	t := s.contract.Resources[v.typ]
	if t.Read == nil {
		return nil
	}
	out := lists.Flat(s.heard.Answers(t.Read.Path), func(x witness.Overheard) []string {
		return holders(x.Body, want)
	})
	slices.Sort(out)
	return slices.Compact(out)
}

// changes lists the expressions that explain a change of a number by one argument.
func changes(s *Sight, key string, before, after any) []string {
	from, isNumber := number(before)
	to, alsoNumber := number(after)
	if !isNumber || !alsoNumber {
		return nil
	}
	sign := " + "
	if to < from {
		sign = " - "
	}
	names := sources(s, math.Abs(to-from))
	return lists.Map(names, func(name string) string { return key + sign + name })
}

// sources lists the names of expressions that have a value: arguments, correlation ID and key.
func sources(s *Sight, v any) []string {
	var out []string
	for _, name := range sortedKeys(s.op.Args) {
		if arg := s.Type.Args[name]; arg.Resource == "" && value.Equal(s.op.Args[name], v) {
			out = append(out, name)
		}
	}
	for name, known := range map[string]string{"mark": s.op.CorrelationID, "key": s.op.Key} {
		if known != "" && value.Equal(known, v) {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

// number is a value as a number; false when it is none.
func number(v any) (float64, bool) {
	switch n := value.Normal(v).(type) {
	case int64:
		return float64(n), true
	case float64:
		return n, true
	}
	return 0, false
}

// items are the items of the last readings of a ledger.
func items(s *Sight, ledger string) []any {
	l := s.contract.Ledgers[ledger]
	return lists.Flat(s.heard.Answers(l.Path), func(x witness.Overheard) []any {
		all, _ := value.Lookup(decoded(x.Body), l.Items).([]any)
		return all
	})
}

// itemCount is how many items a ledger listed last.
func itemCount(s *Sight, ledger string) int { return len(items(s, ledger)) }

// itemFields lists the fields of items that hold a value.
func itemFields(s *Sight, ledger string, want any) []string {
	return lists.Distinct(lists.Flat(items(s, ledger), func(item any) []string {
		return fieldsWith(item, want)
	}))
}

// itemText shows the last item of a ledger, in brackets; "" without any.
func itemText(s *Sight, ledger string) string {
	all := items(s, ledger)
	if len(all) == 0 {
		return ""
	}
	return " (the last item of " + ledger + ": " + shown(value.Text(all[len(all)-1])) + ")"
}

// fieldOf proposes a field of items for a line of a ledger, which holds a known value.
func fieldOf(s *Sight, ledger, name, known string) string {
	if known != "" {
		if fields := itemFields(s, ledger, known); len(fields) > 0 {
			return line(name, fields...)
		}
		return "leave the line out"
	}
	all := items(s, ledger)
	if len(all) == 0 {
		return "leave the line out"
	}
	var fields []string
	for _, f := range scalars(all[len(all)-1], "") {
		fields = append(fields, f.path)
	}
	if name == "id" {
		slices.SortStableFunc(fields, func(a, b string) int { return unlikely(a) - unlikely(b) })
	}
	return orElse(line(name, fields...), "leave the line out")
}
