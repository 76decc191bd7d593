package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/calibrate"
	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/exit"
	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/measuring"
	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/ours"
	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/subject"
	"github.com/idemcheck/idemcheck/harness/campaign"
	"github.com/idemcheck/idemcheck/harness/files"
	"github.com/idemcheck/idemcheck/harness/plan"
	"github.com/idemcheck/idemcheck/reference/store"
)

// calibrateFlags are the flags of calibrate.
type calibrateFlags struct {
	world          string
	seeds          int
	seed           uint64
	cases, right   int
	bugs, variants []string
	mixed          bool
	search         string
	noTimes, quiet bool
	parallel       int
	dsn            string
	starved        bool
	keep           string
	format         string
	out, baseline  string
	from           string
}

// bugPages is the format that shows all bugs in a folder, a page for each family.
const bugPages = "bugs"

// committed is the value of --from and --baseline that stands for the calibration in the binary.
const committed = "committed"

// newCalibrate measures idemcheck itself.
func newCalibrate(a *app) *cobra.Command {
	var f calibrateFlags
	c := &cobra.Command{
		Use:   "calibrate",
		Short: "Measure which seeded bugs are found, how soon, and whether right services are accused",
		Long: `Measure which seeded bugs are found, how soon, and whether right services are accused.

Every seeded bug of the reference service and every right variant is attacked by the whole
catalogue of scenarios. Bugs that are held out (see idemcheck list bugs) are left out unless they
are named. In memory (virtual time) the same seeds give the same figures; on the wire
faults are made over TCP and in real time, which takes much longer.

With --starved every case is run as on a busy machine: clients, links, services and observer pause
at any step, and whole processes stop for a while. The same seeds give the same pauses.

With --baseline the exit code is 1 when a bug that was found before is no longer found, or when a
right variant is accused.`,
		Example: `  idemcheck calibrate --seeds 1
  idemcheck calibrate --bug check-then-act,key-ignored --variant stripe --world wire
  idemcheck calibrate --starved --mixed --seeds 1 --right-cases 1000 --keep accused
  idemcheck calibrate --format json --out now.json --baseline committed`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return runCalibrate(c.Context(), a, &f) },
	}
	f.add(c)
	return c
}

func (f *calibrateFlags) add(c *cobra.Command) {
	flags := c.Flags()
	flags.StringVar(&f.world, "world", "memory", "memory (virtual time) or wire (TCP, real time)")
	flags.IntVar(&f.seeds, "seeds", 3, "how many seeds to draw plans with")
	flags.Uint64Var(&f.seed, "seed", 1, "the first seed; the others follow it")
	flags.IntVar(&f.cases, "cases", 0, "cases for each bug and seed (default: 40 of every scenario)")
	flags.IntVar(&f.right, "right-cases", 0,
		"cases for each right variant and seed (default: --cases)")
	flags.StringSliceVar(&f.bugs, "bug", nil, "only these seeded bugs (see idemcheck list bugs)")
	flags.StringSliceVar(&f.variants, "variant", nil, "only these right variants")
	flags.BoolVar(&f.mixed, "mixed", false,
		"end a plan with its first detection, without the matrix of bugs and scenarios")
	flags.BoolVar(&f.starved, "starved", false,
		"run every case as on a busy machine, with pauses at every step (in memory only)")
	flags.StringVar(&f.keep, "keep", "",
		"save the history of every accused case of a right variant in this folder")
	flags.StringVar(&f.search, "search", string(plan.Guided), "guided, as in run, or random")
	flags.BoolVar(&f.noTimes, "no-times", false, "leave out seconds, so that bytes repeat in memory")
	flags.BoolVar(&f.quiet, "no-progress", false, "show no progress")
	flags.IntVar(&f.parallel, "parallel", 0,
		"how many bugs side by side (default 2 in memory, 1 on the wire)")
	flags.StringVar(&f.dsn, "dsn", "",
		"PostgreSQL for the variant that needs it on the wire (default: in a container)")
	flags.StringVar(&f.format, "format", "text",
		"text, json, baseline (as committed), markdown, or bugs (a folder of pages)")
	flags.StringVar(&f.out, "out", "",
		"write to this file, or folder of bugs, instead of standard output")
	flags.StringVar(&f.from, "from", "",
		"measure nothing: take a calibration saved as JSON, or the committed one (committed)")
	flags.StringVar(&f.baseline, "baseline", "",
		"compare with a calibration saved as JSON, or with the committed one (committed)")
}

// check says what is wrong with the flags.
func (f *calibrateFlags) check() error {
	switch {
	case f.world != "memory" && f.world != "wire":
		return exit.Usage(fmt.Errorf("--world %q is none of memory, wire", f.world))
	case f.format == bugPages && f.out == "":
		return exit.Usage(errors.New("--format bugs writes a folder of pages, which --out must name"))
	case f.format != bugPages && calibrate.Writer(f.format) == nil:
		return exit.Usage(fmt.Errorf("--format %q is none of text, json, baseline, markdown, bugs",
			f.format))
	case !slices.Contains(plan.Searches(), plan.Search(f.search)):
		return exit.Usage(fmt.Errorf("--search %q is none of %q", f.search, plan.Searches()))
	case f.starved && f.world != "memory":
		return exit.Usage(errors.New("--starved pauses in virtual time, so it needs --world memory"))
	case f.seeds < 1:
		return exit.Usage(errors.New("--seeds must be at least 1"))
	case f.cases < 0 || f.right < 0 || f.parallel < 0:
		return exit.Usage(errors.New("--cases, --right-cases and --parallel cannot be negative"))
	}
	return nil
}

// runCalibrate measures, compares and reports.
func runCalibrate(ctx context.Context, a *app, f *calibrateFlags) error {
	if err := f.check(); err != nil {
		return err
	}
	before, err := f.before()
	if err != nil {
		return err
	}
	d, err := measured(ctx, a, f)
	if err != nil {
		return err
	}
	if err := writeCalibration(a, f, d); err != nil {
		return err
	}
	if before != nil {
		compare(a, before, d)
	}
	return nil
}

// measured measures, or takes what was measured before.
func measured(ctx context.Context, a *app, f *calibrateFlags) (*calibrate.Calibration, error) {
	if f.from != "" {
		return saved(f.from)
	}
	subjects, err := subject.Chosen(f.bugs, f.variants)
	if err != nil {
		return nil, exit.Usage(err)
	}
	bar := a.NewProgress(f.quiet)
	o := f.options(subjects)
	o.Stores, o.T = f.open, a.Bubbles
	o.Progress = func(done, total int) {
		bar.Show(campaign.Progress{Phase: "calibrate", Done: done, Total: total})
	}
	defer bar.Clear()
	return measuring.Subjects(ctx, o)
}

// saved loads a calibration.
func saved(name string) (*calibrate.Calibration, error) {
	load := func() (*calibrate.Calibration, error) { return calibrate.Load(name) }
	if name == committed {
		load = calibrate.Committed
	}
	d, err := load()
	if err != nil {
		return nil, exit.Usage(err)
	}
	return d, nil
}

// options are those of the measurement.
func (f *calibrateFlags) options(subjects []subject.KnownService) measuring.Options {
	o := measuring.Options{
		Subjects: subjects, Cases: f.cases, RightCases: f.right, Matrix: !f.mixed,
		Wire: f.world == "wire", Parallel: f.parallel, Seconds: !f.noTimes,
		Search: plan.Search(f.search), Starved: f.starved, Keep: f.keep,
	}
	for i := range f.seeds {
		o.Seeds = append(o.Seeds, f.seed+uint64(i))
	}
	return o
}

// before loads what to compare with; nil when nothing was asked for.
func (f *calibrateFlags) before() (*calibrate.Calibration, error) {
	if f.baseline == "" {
		return nil, nil
	}
	d, err := saved(f.baseline)
	if err == nil && d.World != f.world {
		return nil, exit.Usage(fmt.Errorf("--baseline %s was measured in the %s world, not in %s",
			f.baseline, d.World, f.world))
	}
	return d, err
}

// open opens a store on the wire.
func (f *calibrateFlags) open(ctx context.Context, name string) (store.Store, func() error, error) {
	flags := ours.Reference{Store: name}
	if name == "postgres" {
		flags.DSN = f.dsn
	}
	s, opened, err := ours.OpenStore(ctx, flags)
	return s, opened.Close, err
}

// writeCalibration writes the document where it was asked for.
func writeCalibration(a *app, f *calibrateFlags, d *calibrate.Calibration) error {
	if f.format == bugPages {
		return calibrate.WriteBugPages(f.out, d)
	}
	write := calibrate.Writer(f.format)
	if f.out == "" {
		return write(a.Out, d)
	}
	var text bytes.Buffer
	if err := write(&text, d); err != nil {
		return err
	}
	return files.Write(f.out, text.Bytes())
}

// compare says what differs from a baseline, and fails the command where it is worse.
func compare(a *app, before, now *calibrate.Calibration) {
	c := calibrate.Compare(before, now)
	for _, n := range c.Notes {
		fmt.Fprintf(a.Err, "note: %s\n", n)
	}
	for _, w := range c.Worse {
		fmt.Fprintf(a.Err, "WORSE: %s\n", w)
	}
	if len(c.Worse) > 0 {
		a.code = exit.Invalid
	}
}
