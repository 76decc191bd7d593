package draft

import (
	"fmt"
	"slices"
	"strings"

	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/harness/contract/meaning"
)

// Usual are the promises that a draft begins with where nothing is known: the statuses that
// services commonly give, any of which is then allowed.
func Usual() Object {
	return Object{
		{
			Name: "mismatch", Value: []int{400, 409, 422},
			Note: "the same key with another payload; keep what your service answers",
		},
		{
			Name: "in_flight", Value: []int{409, 425},
			Note: "a duplicate while the first attempt is executing",
		},
		{Name: "transient", Value: []int{429, 502, 503, 504}, Note: "try again"},
	}
}

// Dialect is the dialect whose header a key has, or "".
func Dialect(header string) string {
	switch strings.ToLower(header) {
	case "paypal-request-id":
		return "paypal"
	case "cko-idempotency-key":
		return "checkout"
	case "repeatability-request-id":
		return "oasis-repeatable"
	}
	return ""
}

// Refused lists those of some statuses that may mean "not done, and never will be": the others mean
// something else in the dialect of the draft, or in what is usual.
func (d *Sketch) Refused(statuses ...int) []int {
	taken := []int{409, 429, 502, 503, 504}
	for _, known := range contract.Dialects() {
		if known.Name == d.Dialect {
			p := known.Promises
			taken = slices.Concat(p.InFlight, p.Transient, p.Done)
		}
	}
	return slices.DeleteFunc(slices.Clone(statuses), func(s int) bool {
		return slices.Contains(taken, s)
	})
}

// SetKey declares the header of the key; quoted says that it holds "a string in quotes".
func (d *Sketch) SetKey(header string, quoted bool) {
	d.Key = Object{{Name: "header", Value: header}}
	if quoted {
		d.Key = d.Key.With("quoted", true)
	}
	if d.Dialect = Dialect(header); d.Dialect == "" {
		d.Promises = Usual()
	}
}

// Secret adds a header whose value comes from the environment; scheme is a word before it, or "".
func (d *Sketch) Secret(header, scheme string) {
	if d.Headers.Get(header) != nil {
		return
	}
	name := variableFor(header, scheme)
	value := strings.TrimSpace(scheme + " ${" + name + "}")
	holds := "what " + header + " holds"
	if scheme != "" {
		holds += fmt.Sprintf(" behind %q", scheme)
	}
	d.Headers = append(d.Headers, Field{Name: header, Value: value})
	d.Variables = append(d.Variables, FromEnv{Name: name, Holds: holds})
}

// FromEnvironment has a value come from the environment: a variable with a name made of some words,
// which holds what is said. It returns the reference.
func (d *Sketch) FromEnvironment(words, holds string) string {
	name := strings.ToUpper(strings.ReplaceAll(meaning.Variable(words), "-", "_"))
	if !slices.ContainsFunc(d.Variables, func(v FromEnv) bool { return v.Name == name }) {
		d.Variables = append(d.Variables, FromEnv{Name: name, Holds: holds})
	}
	return "${" + name + "}"
}

// variableFor names the environment variable for a header.
func variableFor(header, scheme string) string {
	switch strings.ToLower(scheme) {
	case "bearer", "token":
		return "API_TOKEN"
	case "basic":
		return "API_BASIC"
	}
	if strings.EqualFold(header, "Cookie") {
		return "SESSION_COOKIE"
	}
	words := meaning.Words(header)
	if len(words) > 1 && words[0] == "x" {
		words = words[1:]
	}
	name := strings.ToUpper(strings.ReplaceAll(meaning.Variable(strings.Join(words, " ")), "-", "_"))
	if slices.Contains([]string{"PATH", "HOME", "USER"}, name) {
		name = "API_" + name
	}
	return name
}

// Add appends an entry under a name that no other has, and returns that name.
func Add(to *[]Entry, e Entry) string {
	base := e.Name
	for n := 2; slices.ContainsFunc(*to, func(o Entry) bool { return o.Name == e.Name }); n++ {
		e.Name = fmt.Sprintf("%s-%d", base, n)
	}
	*to = append(*to, e)
	return e.Name
}

// Range is an argument that is drawn around a number which the service is known to accept. A bound
// that is not known is nil.
func Range(known int64, lower, upper *int64) Object {
	low := max(known/2, 1)
	high := max(known, low+4)
	if known < 0 {
		low, high = known, min(known/2, -1)
	}
	if lower != nil && low < *lower {
		low = *lower
		high = max(high, 2*low)
	}
	if upper != nil {
		high = min(high, *upper)
	}
	low = min(low, high)
	if low == 0 && high == 0 {
		return Object{{Name: "one_of", Value: List{0}}}
	}
	return Object{{Name: "min", Value: low}, {Name: "max", Value: high}}
}
