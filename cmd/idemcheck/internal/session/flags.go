package session

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/exit"
	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/reach"
	"github.com/idemcheck/idemcheck/harness/plan"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/scenarios"
)

// Flags are the flags of everything that sends something.
type Flags struct {
	Seed      uint64
	cases     int
	budget    time.Duration
	parallel  int
	scenarios []string
	search    string
	Format    string
	out       string
	KeepGoing bool
	quiet     bool
	// dry shows what would be sent, and sends nothing; verbose shows each exchange.
	dry, verbose bool
	// readOnly sends nothing but what reads: also of resources that exist, whose ids are known by
	// type.
	readOnly bool
	known    map[string]string
	// otlp is the URL of a collector of traces; "" for none.
	otlp  string
	ASCII bool
	Reach reach.Options
	// seeded and kept report whether --seed and --out were given.
	seeded, kept bool
}

// Formats are the values of --format.
var Formats = [...]string{"text", "json", "junit"}

// Add declares the flags of a run.
func (f *Flags) Add(c *cobra.Command) {
	flags := c.Flags()
	flags.Uint64Var(&f.Seed, "seed", 0, "draw the same plan again (default: a fresh seed, printed)")
	flags.IntVar(&f.cases, "cases", 0, "how many cases to draw (default: 20 of every scenario)")
	flags.DurationVar(&f.budget, "budget", 0,
		"begin no new case after this long, and wait for none that hangs (default: no limit)")
	flags.StringSliceVar(&f.scenarios, "scenario", nil,
		"run only these scenarios (see idemcheck list scenarios)")
	flags.StringVar(&f.search, "search", string(plan.Guided),
		"guided (the smallest cases first, and changed copies of cases that showed something new) "+
			"or random")
	flags.BoolVar(&f.KeepGoing, "keep-going", false,
		"run all cases after a violation, and not only a quarter of them, or ten seconds")
	f.AddSending(c)
}

// AddRun declares the flags of a run against a service of the user's, which may send nothing.
func (f *Flags) AddRun(c *cobra.Command) {
	f.Add(c)
	c.Flags().BoolVar(&f.dry, "dry-run", false,
		"say what would be sent where, and for how long, and send nothing")
	f.addReadOnly(c)
}

// addReadOnly declares the flags of what only reads.
func (f *Flags) addReadOnly(c *cobra.Command) {
	c.Flags().BoolVar(&f.readOnly, "read-only", false,
		"send GET and HEAD only: read ledgers and states, and say what else would be sent")
	c.Flags().StringToStringVar(&f.known, "resource", nil,
		"with --read-only, read a resource that exists, too: TYPE=ID")
}

// AddSending declares the flags of everything that sends, replays included.
func (f *Flags) AddSending(c *cobra.Command) {
	flags := c.Flags()
	flags.IntVar(&f.parallel, "parallel", 0, "how many cases run side by side at most (default 96)")
	flags.StringVar(&f.out, "out", "", "keep plan, history and verdict in this folder, "+
		"or nothing at all: none (default: one under idemcheck-out; of a valid run only verdict.json)")
	flags.BoolVar(&f.quiet, "no-progress", false, "show no progress")
	flags.BoolVarP(&f.verbose, "verbose", "v", false,
		"show each exchange on standard error, without secrets")
	flags.StringVar(&f.otlp, "otlp", "", "after the run, send a trace of each operation with a span "+
		"of each attempt to this collector of OpenTelemetry, such as http://127.0.0.1:4318")
	flags.StringSliceVar(&f.Reach.AllowHost, "allow-host", nil,
		"allow a target that is neither loopback nor private: it will be sent mutating requests")
	flags.StringVar(&f.Reach.Toxiproxy, "toxiproxy", "",
		"make faults in this Toxiproxy server, such as http://127.0.0.1:8474")
	flags.StringVar(&f.Reach.Reach, "toxiproxy-reach", "",
		"the address of this machine as the Toxiproxy server sees it "+
			"(default 127.0.0.1)")
	f.AddFormat(c)
}

// AddChecking declares the flags of what only compares a contract with its service.
func (f *Flags) AddChecking(c *cobra.Command) {
	flags := c.Flags()
	flags.IntVar(&f.parallel, "parallel", 0, "how many cases run side by side at most (default 96)")
	flags.BoolVar(&f.quiet, "no-progress", false, "show no progress")
	flags.StringSliceVar(&f.Reach.AllowHost, "allow-host", nil,
		"allow a target that is neither loopback nor private: it will be sent mutating requests")
	f.addReadOnly(c)
	f.AddFormat(c)
}

// AddFormat declares the flags of everything that reports.
func (f *Flags) AddFormat(c *cobra.Command) {
	c.Flags().StringVar(&f.Format, "format", "text", "text, json or junit, on standard output")
	c.Flags().BoolVar(&f.ASCII, "ascii", false, "draw with nothing outside ASCII")
}

// Check completes the flags after they were parsed.
func (f *Flags) Check(c *cobra.Command) error {
	f.seeded, f.kept = c.Flags().Changed("seed"), c.Flags().Changed("out")
	if !slices.Contains(Formats[:], f.Format) {
		return exit.Usage(fmt.Errorf("--format %q is none of %s",
			f.Format, strings.Join(Formats[:], ", ")))
	}
	if err := f.checkRails(); err != nil {
		return exit.Usage(err)
	}
	searches := plan.Searches()
	if f.search != "" && !slices.Contains(searches, plan.Search(f.search)) {
		return exit.Usage(fmt.Errorf("--search %q is none of guided, random", f.search))
	}
	for name, negative := range map[string]bool{
		"cases": f.cases < 0, "parallel": f.parallel < 0, "budget": f.budget < 0,
	} {
		if negative {
			return exit.Usage(fmt.Errorf("--%s cannot be negative", name))
		}
	}
	if f.Reach.Reach != "" && f.Reach.Toxiproxy == "" {
		return exit.Usage(errors.New("--toxiproxy-reach says where the Toxiproxy server finds this " +
			"machine: give --toxiproxy too"))
	}
	if !f.seeded {
		f.Seed = freshSeed()
	}
	return nil
}

// checkRails looks at the flags that keep things from being sent.
func (f *Flags) checkRails() error {
	switch {
	case f.dry && f.Format != textFormat:
		return errors.New("--dry-run is shown as text: leave --format out")
	case f.readOnly && f.Format != textFormat:
		return errors.New("--read-only is shown as text: leave --format out")
	case f.dry && f.readOnly:
		return errors.New("--dry-run sends nothing, and --read-only what reads: give one of them")
	case len(f.known) > 0 && !f.readOnly:
		return errors.New("--resource names what --read-only reads: give that too")
	}
	return nil
}

// freshSeed returns a seed that is short enough to type.
func freshSeed() uint64 {
	var b [4]byte
	_, _ = rand.Read(b[:]) // crypto/rand never fails
	return uint64(binary.BigEndian.Uint32(b[:]))
}

// chosen returns the scenarios named by --scenario.
func (f *Flags) chosen(c *model.Contract) ([]plan.Scenario, error) {
	chosen := c.Scenarios.Names()
	if _, err := scenariosNamed(chosen, "reading scenarios of the contract: "); err != nil {
		return nil, err
	}
	return scenariosNamed(f.scenarios, "")
}

// scenariosNamed finds scenarios by their names; doing says where these stand.
func scenariosNamed(names []string, doing string) ([]plan.Scenario, error) {
	list, err := scenarios.Named(names)
	if err != nil {
		return nil, exit.Usage(fmt.Errorf("%s%w\n  next: see `idemcheck list scenarios`", doing, err))
	}
	return list, nil
}
