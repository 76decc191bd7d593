// Package applicable says which scenarios a contract leaves room for, and with which types of
// operation. It holds no dice.
package applicable

import (
	"maps"
	"slices"
	"strings"

	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/harness/contract/template"
	"github.com/idemcheck/idemcheck/harness/internal/keyform"
	"github.com/idemcheck/idemcheck/harness/plan/internal/constraints"
	"github.com/idemcheck/idemcheck/harness/plan/internal/differ"
	"github.com/idemcheck/idemcheck/harness/plan/scenario"
	"github.com/idemcheck/idemcheck/internal/lists"
	"github.com/idemcheck/idemcheck/model"
)

// Missing returns "" when a scenario can be drawn for a contract, or else why it cannot.
func Missing(s scenario.Scenario, c *model.Contract) string {
	if s.Started && c.Start == nil {
		return "the contract does not say how the service is started (start)"
	}
	if s.Edge && c.Promises.Retention == 0 {
		return "the contract does not declare how long a key is remembered (promises.retention)"
	}
	if s.Shape.AboutKeys() && len(RouteTypes(c)) == 0 {
		return "the contract sends no key (key.header, or {key} in the path or body of an operation)"
	}
	if why := leftOut(s, c); why != "" {
		return why
	}
	if sent := once(c); len(sent) == len(c.Operations) && len(sent) > 0 && len(Types(s, c)) == 0 {
		return "all operations are sent once (operations.NAME.label: not)"
	}
	if c.Key.From != "" && (s.Shape == scenario.Tenants || s.Shape == scenario.Routes) {
		return "the service makes the keys, each for one caller and one route (key.from)"
	}
	if s.Failing && len(Types(s, c)) == 0 {
		return "no operation declares arguments for which it fails by itself (operations.NAME.fails_when)"
	}
	switch s.Shape {
	case scenario.Mismatch, scenario.NearMismatch, scenario.OtherResource:
		return mismatchMissing(s, c)
	case scenario.Malformed:
		if len(keyform.MalformedStyles(c)) == 0 {
			return "the contract refuses no keys (promises.missing, promises.malformed)"
		}
	case scenario.CollidingKeys:
		if c.Key.From != "" {
			return "the service makes the keys (key.from)"
		}
		if len(keyform.AlikeStyles(c)) == 0 {
			return "no two keys of the declared form are alike (key.format, key.pattern)"
		}
	case scenario.OddKeys, scenario.HugeKeys:
		return oddMissing(c)
	case scenario.Strangers:
		return strangersMissing(s, c)
	case scenario.Tenants:
		if len(c.Callers()) < 2 || !slices.Contains(c.Key.Scope, "tenant") {
			return "the contract has no two tenants with headers and keys of their own (tenants, key.scope)"
		}
	case scenario.Routes:
		if len(RouteTypes(c)) < 2 || !slices.Contains(c.Key.Scope, "route") {
			return "the contract has no two routes with keys of their own (operations, key.scope)"
		}
	}
	return ""
}

// mismatchMissing says what a contract lacks for payloads that differ under one key, or returns "".
func mismatchMissing(s scenario.Scenario, c *model.Contract) string {
	if len(c.Promises.Mismatch) == 0 && (c.Promises.MismatchAnswer == "" ||
		c.Promises.MismatchAnswer == "refused") {
		return "the contract does not declare what a reused key gets (promises.mismatch)"
	}
	switch {
	case len(Types(s, c)) > 0:
		return ""
	case s.Shape == scenario.NearMismatch:
		return "no operation sends {mark} or a number of a range (operations)"
	case s.Shape == scenario.OtherResource:
		return "no operation sends the id of a resource (operations)"
	}
	return "all payloads of an operation are the same: none sends {mark} or an argument (operations)"
}

// oddMissing says why nothing can be told of keys that a service may refuse, or returns "".
func oddMissing(c *model.Contract) string {
	if c.Key.From != "" {
		return "the service makes the keys (key.from)"
	}
	for _, name := range slices.Sorted(maps.Keys(c.Ledgers)) {
		if l := c.Ledgers[name]; l.Key != "" && l.CorrelationID == "" {
			return "the items of " + name + " are known by their keys alone, which may be shown in " +
				"another way than they are sent (ledgers." + name + ".mark)"
		}
	}
	return ""
}

// strangersMissing says why nobody can be sent with wrong credentials, or returns "".
func strangersMissing(s scenario.Scenario, c *model.Contract) string {
	known := c.Session != nil
	for _, tenant := range c.TenantNames() {
		known = known || c.SessionOf(tenant) != nil
		for _, set := range []map[string]string{c.Target.Headers, c.Tenants[tenant].Headers} {
			for name := range set {
				known = known || contract.IsSecret(c, name)
			}
		}
	}
	switch {
	case !known:
		return "the contract sends no credentials (target.headers, tenants.NAME.headers, session)"
	case c.Key.From != "":
		return "the service makes the keys (key.from)"
	case len(Types(s, c)) == 0:
		return "a stranger is refused as an operation is (operations.NAME.refused has 401 or 403)"
	}
	return ""
}

// once lists the operation types that are never sent again, sorted.
func once(c *model.Contract) []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(c.Operations)), func(typ string) bool {
		return !c.Operations[typ].SentOnce()
	})
}

// RouteTypes lists one operation type per method and path, of those that send a key.
func RouteTypes(c *model.Contract) []string {
	seen := map[string]bool{}
	var out []string
	for _, name := range slices.Sorted(maps.Keys(c.Operations)) {
		t := c.Operations[name]
		route := t.Method + " " + t.Path
		if !seen[route] && template.SendsKey(c, name) && !t.SentOnce() {
			seen[route] = true
			out = append(out, name)
		}
	}
	return out
}

// Types lists the operation types of a scenario, or all of the contract, that suit its
// shape.
func Types(s scenario.Scenario, c *model.Contract) []string {
	all := s.Types
	if len(all) == 0 {
		all = slices.Sorted(maps.Keys(c.Operations))
	}
	return slices.DeleteFunc(slices.Clone(all), func(typ string) bool {
		fails := len(c.Operations[typ].FailsWhen) > 0
		return !suits(s.Shape, c, typ) || s.Failing && !fails ||
			c.Operations[typ].SentOnce() && !onceEnough(s)
	})
}

// onceEnough reports whether a scenario shows something of operations that are sent once.
func onceEnough(s scenario.Scenario) bool {
	return s.Shape == scenario.Independent && s.Pause == 0 && !s.Edge &&
		(len(s.Faults) == 0 || slices.ContainsFunc(s.Faults, constraints.OneAttempt))
}

// suits reports whether operations of a type can take a shape.
func suits(shape scenario.Shape, c *model.Contract, typ string) bool {
	if shape.AboutKeys() && !template.SendsKey(c, typ) {
		return false
	}
	switch shape {
	case scenario.Mismatch:
		return varies(c, typ)
	case scenario.NearMismatch:
		return len(differ.In(c, typ)) > 0
	case scenario.OtherResource:
		return len(ResourcesSent(c, typ)) > 0
	case scenario.Strangers:
		return c.Classify(typ, &model.Answer{Status: 401}) == model.Info &&
			c.Classify(typ, &model.Answer{Status: 403}) == model.Info
	}
	return true
}

// ResourcesSent lists the arguments of a type that name a resource which its requests show by its
// id.
func ResourcesSent(c *model.Contract, typ string) []string {
	t := c.Operations[typ]
	sent := template.Sent(t)
	return lists.Where(slices.Sorted(maps.Keys(t.Args)), func(name string) bool {
		shown := slices.Contains(sent, name) || slices.Contains(sent, name+".id")
		return t.Args[name].Resource != "" && shown
	})
}

// varies reports whether two payloads of a type can differ: it sends the correlation ID, or an
// argument of which there are several values.
func varies(c *model.Contract, typ string) bool {
	t := c.Operations[typ]
	return slices.ContainsFunc(template.Sent(t), func(name string) bool {
		arg, known := t.Args[strings.TrimSuffix(name, ".id")]
		several := arg.Resource != "" || len(arg.OneOf) > 1 || differ.Varies(arg)
		return name == differ.CorrelationID || known && several
	})
}
