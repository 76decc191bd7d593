package session

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/exit"
	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/origins"
	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/reach"
	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/harness/execute"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/launch"
	"github.com/idemcheck/idemcheck/model/route"
	"github.com/idemcheck/idemcheck/reports"
)

// foresee says what a plan would send where, and for how long. Nothing is sent, not even a question
// for an address, and nothing is saved. The title says so, with the seed.
func foresee(s *Session, plan *model.Plan, title string) error {
	hosts, err := hostsOf(s)
	if err != nil {
		return err
	}
	fmt.Fprintf(s.Out, title, plan.Seed)
	if err := reports.Table(s.Out, []string{"scenario", "cases", "operations", "attempts"},
		byScenario(plan)); err != nil {
		return err
	}
	each := execute.MaxFinal(s.Contract)
	fmt.Fprintf(s.Out, "\nrequests at most  %d: the attempts above, up to %d more of each operation "+
		"until its answer is\n                  definite, and up to %d changed copies of cases\n",
		maxRequests(plan, each), each, plan.Novelty)
	if n := stepsBefore(plan); n > 0 {
		fmt.Fprintf(s.Out, "steps before      %d, once for each operation that needs them\n", n)
	}
	fmt.Fprint(s.Out, besides)
	if n := len(s.Contract.CleanUp); n > 0 {
		fmt.Fprintf(s.Out, "                  When a case or the run is over: the %d messages of "+
			"cleanup.\n", n)
	}
	fmt.Fprintf(s.Out, "hosts             %s\n", reports.Visible(strings.Join(hosts, ", ")))
	fmt.Fprintf(s.Out, "rate at most      %d attempts a second\n", s.Contract.Target.MaxRate)
	for _, line := range expected(s.Contract, plan) {
		fmt.Fprintf(s.Out, "expected          %s\n", line)
	}
	_, err = fmt.Fprintf(s.Out, "time              %s\n", boundOf(s))
	for _, note := range s.notes {
		fmt.Fprintf(s.Out, "note: %s\n", reports.Visible(note))
	}
	if err != nil {
		return fmt.Errorf("saying what would be sent: %w", err)
	}
	return nil
}

// besides is what else may be sent.
const besides = `                  Besides: a few operations to warm up, what makes
                  resources, and reads of ledgers and state. A case may be run again
                  where a fault did not happen, one that breaks a rule is run many times to
                  make it smaller, and a key that is refused to the end is asked again.
`

// byScenario counts cases, operations and attempts in the order of the plan.
func byScenario(plan *model.Plan) [][]string {
	var names []string
	counts := map[string]*[3]int{}
	add := func(name string, c *model.Case) {
		if counts[name] == nil {
			names, counts[name] = append(names, name), &[3]int{}
		}
		n := counts[name]
		n[0]++
		n[1] += len(c.Operations)
		n[2] += c.Attempts()
	}
	for i := range plan.Cases {
		add(plan.Cases[i].Scenario, &plan.Cases[i])
	}
	slices.Sort(names)
	for i := range plan.Cases {
		add("all", &plan.Cases[i])
	}
	var rows [][]string
	for _, name := range slices.Compact(names) {
		n := counts[name]
		rows = append(rows, []string{name, fmt.Sprint(n[0]), fmt.Sprint(n[1]), fmt.Sprint(n[2])})
	}
	return rows
}

// maxRequests bounds the requests of all cases, each run once, and of changed copies as large as
// the largest of them.
func maxRequests(plan *model.Plan, each int) int {
	all, largest := 0, 0
	for i := range plan.Cases {
		c := &plan.Cases[i]
		n := c.Attempts() + each*len(c.Operations) + len(c.Faults) // a fault may double a request
		all, largest = all+n, max(largest, n)
	}
	return all + plan.Novelty*largest
}

// stepsBefore counts the steps before the operations of all cases, each run once.
func stepsBefore(plan *model.Plan) (n int) {
	for i := range plan.Cases {
		for _, op := range plan.Cases[i].Operations {
			n += len(plan.Contract.Operations[op.Type].Before)
		}
	}
	return n
}

// hostsOf lists where anything would be sent to.
func hostsOf(s *Session) ([]string, error) {
	there := *s.Contract
	there.Target.URL = s.TargetURL
	resolved, err := contract.Resolve(&there, s.Env)
	if err != nil {
		return nil, err
	}
	var out []string
	if resolved.Start != nil {
		out = append(out, "the service that is started: "+resolved.Start.Command[0])
	}
	where := strings.ReplaceAll(resolved.Target.URL, ":"+launch.Port, "")
	all := []string{where, s.Flags.Reach.Toxiproxy, s.Flags.otlp}
	for _, at := range append(all, resolved.Target.Replicas...) {
		if path, socket := route.Socket(at); socket {
			out = append(out, "the Unix socket "+path)
			continue
		}
		u, err := url.Parse(at)
		if err != nil {
			return nil, exit.Usage(fmt.Errorf("reading the URL %s: %w", reach.WithoutUser(at), err))
		}
		if u.Host != "" {
			out = append(out, u.Host)
		}
	}
	return append(out, origins.Hosts(resolved)...), nil
}

// boundOf says how long a run may take.
func boundOf(s *Session) string {
	budget := s.Flags.budget
	if budget == 0 {
		return "no bound: set --budget"
	}
	late := budget + budget/10 + s.Contract.Recovery()
	return fmt.Sprintf("%s, and %s with what is then under way", budget, late.Round(time.Second))
}
