package origin

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/idemcheck/idemcheck/harness/contract/internal/environment"
	"github.com/idemcheck/idemcheck/harness/contract/internal/problem"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/source"
)

// perEach is a place that is read for every resource and names none.
const perEach = "it is read once per resource, but nothing in it names one"

// metrics checks where samples are, and which.
func metrics(at []string, m *source.Metrics, known map[string]bool) (out []problem.Problem) {
	out = append(address(problem.Below(at, "url"), m.URL, known),
		lines(problem.Below(at, "headers"), m.Headers)...)
	if m.Name == "" {
		out = append(out, problem.Problem{
			Path: problem.Below(at, "name"), Message: "name is missing",
			Advice: "write the name of the samples, such as charges_total",
		})
	}
	out = append(out, templates(problem.Below(at, "labels"), anyOf(m.Labels), known)...)
	if known["id"] && !strings.Contains(m.URL+joined(m.Labels), "{id}") {
		out = append(out, problem.Problem{
			Path: problem.Below(at, "labels"), Message: perEach,
			Advice: `add a label of the resource, such as labels: {account: "{id}"}, or remove per`,
		})
	}
	return out
}

// command checks a program and its arguments.
func command(at []string, c *source.Command, known map[string]bool) (out []problem.Problem) {
	if len(c.Run) == 0 || c.Run[0] == "" {
		return []problem.Problem{{
			Path: problem.Below(at, "run"), Message: "run is missing",
			Advice: `write the program and its arguments, such as run: [./charges, "{id}"]`,
		}}
	}
	for i, word := range c.Run {
		out = append(out, expanded(problem.Below(at, "run", fmt.Sprint(i)), word, known)...)
	}
	if known["id"] && !strings.Contains(strings.Join(c.Run, " "), "{id}") {
		out = append(out, problem.Problem{
			Path: problem.Below(at, "run"), Message: perEach,
			Advice: `add the argument "{id}", or remove per`,
		})
	}
	for _, name := range slices.Sorted(maps.Keys(c.Env)) {
		where := problem.Below(at, "env", name)
		if !environment.IsName(name) {
			out = append(out, problem.Problem{
				Path: where, AtKey: true, Message: fmt.Sprintf("%q cannot be the name of a variable", name),
				Advice: "use letters, digits and _",
			})
		}
		out = append(out, references(where, c.Env[name])...)
	}
	return out
}

// remote checks where a list is.
func remote(at []string, r *source.Remote, known map[string]bool) (out []problem.Problem) {
	out = append(address(problem.Below(at, "url"), r.URL, known),
		lines(problem.Below(at, "headers"), r.Headers)...)
	if known["id"] && !strings.Contains(r.URL, "{id}") {
		out = append(out, problem.Problem{
			Path: problem.Below(at, "url"), Message: perEach,
			Advice: "put {id} where the URL names the resource, or remove per",
		})
	}
	return out
}

// received checks which items of a sink are meant.
func received(
	c *model.Contract, at []string, r *source.Received, known map[string]bool,
) (out []problem.Problem) {
	if _, is := c.Sinks[r.Name]; !is {
		out = append(out, problem.Problem{
			Path: problem.Below(at, "name"), Message: fmt.Sprintf("there is no sink %q", r.Name),
			Advice: problem.Suggest(r.Name, slices.Sorted(maps.Keys(c.Sinks))),
		})
	}
	out = append(out, templates(problem.Below(at, "where"), anyOf(r.Where), known)...)
	if known["id"] && !strings.Contains(joined(r.Where), "{id}") {
		out = append(out, problem.Problem{
			Path: problem.Below(at, "where"), Message: perEach,
			Advice: `add a field that names it, such as where: {body.account: "{id}"}, or remove per`,
		})
	}
	for _, name := range slices.Sorted(maps.Keys(r.Find)) {
		x, err := regexp.Compile(r.Find[name])
		if err != nil || x.NumSubexp() != 1 {
			out = append(out, problem.Problem{
				Path:    problem.Below(at, "find", name),
				Message: fmt.Sprintf("%q is no regular expression (RE2) with one group", r.Find[name]),
				Advice:  `put what is meant in a pair of parentheses, such as "ref ([a-z0-9-]+)"`,
			})
		}
	}
	return out
}

// address checks a URL of another host, and the templates in it.
func address(at []string, text string, known map[string]bool) []problem.Problem {
	if out := expanded(at, text, known); len(out) > 0 {
		return out
	}
	full, _ := environment.Expand(text, func(string) (string, bool) { return "x", true }) // as above
	if !strings.HasPrefix(text, "${") {
		u, err := url.Parse(full)
		if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			return []problem.Problem{{
				Path: at, Message: "this is no URL of HTTP",
				Advice: "write one with its scheme and host, such as http://127.0.0.1:9200/charges",
			}}
		}
	}
	return nil
}

// expanded checks the references of a text to the environment, and its templates.
func expanded(at []string, text string, known map[string]bool) []problem.Problem {
	if out := references(at, text); len(out) > 0 {
		return out
	}
	full, _ := environment.Expand(text, // which was tried
		func(string) (string, bool) { return "x", true })
	return templates(at, full, known)
}

// references checks the references of a text to the environment.
func references(at []string, text string) []problem.Problem {
	_, err := environment.Expand(text, func(string) (string, bool) { return "x", true })
	if e, is := errors.AsType[*problem.Error](err); is {
		return []problem.Problem{{Path: at, Message: e.Message, Advice: e.Advice}}
	}
	return nil
}

// token is what names of HTTP headers are made of.
var token = regexp.MustCompile("^[A-Za-z0-9!#$%&'*+.^_`|~-]+$")

// lines checks headers.
func lines(at []string, headers map[string]string) (out []problem.Problem) {
	for _, name := range slices.Sorted(maps.Keys(headers)) {
		where := problem.Below(at, name)
		if !token.MatchString(name) {
			out = append(out, problem.Problem{
				Path: where, AtKey: true, Message: fmt.Sprintf("%q cannot be the name of a header", name),
				Advice: "write the bare name of a header, such as Authorization",
			})
		}
		if strings.ContainsAny(headers[name], "\r\n") {
			out = append(out, problem.Problem{
				Path: where, Message: fmt.Sprintf("the value of %q holds a line end", name),
				Advice: "write it in one line",
			})
		}
		out = append(out, references(where, headers[name])...)
	}
	return out
}

// anyOf are texts as templates are looked at.
func anyOf(set map[string]string) map[string]any {
	out := make(map[string]any, len(set))
	for name, v := range set {
		out[name] = v
	}
	return out
}

// joined are all values.
func joined(set map[string]string) string {
	return strings.Join(slices.Sorted(maps.Values(set)), " ")
}
