// Package racing is the command that sends copies of one curl line at once.
package racing

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/idemcheck/idemcheck/chaos/guard"
	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/exit"
	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/terminal"
	"github.com/idemcheck/idemcheck/harness/race"
	"github.com/idemcheck/idemcheck/model/verdict"
	"github.com/idemcheck/idemcheck/model/verdict/raced"
	"github.com/idemcheck/idemcheck/reports/racing"
)

// flags are what the user gave besides the line.
type flags struct {
	copies, repeat    int
	each              int64
	count, items, key string
	sql, dsn          string
	timeout, settle   time.Duration
	allowHost         []string
	format            string
	ascii             bool
}

// The bounds of what may be asked for.
const maxCopies, maxRounds = 500, 1000

// New makes the command. It leaves its exit code in code.
func New(s terminal.Streams, code *int) *cobra.Command {
	var given flags
	c := &cobra.Command{
		Use:   "race CURL",
		Short: "Send copies of one curl line at once, and see what they did",
		Long: `Send copies of one curl line at once: all but the last byte of each first, then all
last bytes together. It needs no contract. How the copies met is measured on the wire, their
answers are grouped, and what --count lists, or --sql shows, is counted before and after.

INVALID (exit code 1) is said only when copies that carry one idempotency key left more behind than
one operation does: one item, or --each. VALID (0) is said when copies met and one operation was
counted. All else is unknown (2), and says what would change that. The line is sent as it is; with
--repeat each round has a fresh key in place of its own.`,
		Example: `  idemcheck race "curl http://127.0.0.1:8090/orders -H 'Idempotency-Key: 1' -d '…'" \
                 -n 20 --count 'curl http://127.0.0.1:8090/orders'
  idemcheck race "curl …" --sql 'SELECT * FROM orders' --dsn '${DATABASE_URL}'`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			var each bool
			if f := c.Flags().Lookup("each"); f != nil {
				each = f.Changed
			}
			if err := given.check(each); err != nil {
				return exit.Usage(err)
			}
			r, err := run(c.Context(), s, given, args[0])
			if err != nil {
				return err
			}
			*code = codeOf(r)
			return show(s, r, given)
		},
	}
	given.add(c)
	return c
}

func (f *flags) add(c *cobra.Command) {
	fs := c.Flags()
	fs.IntVarP(&f.copies, "copies", "n", 10, "how many copies are sent at once")
	fs.StringVar(&f.count, "count", "",
		"a curl line that lists what was done: an item for each operation, or their number")
	fs.StringVar(&f.items, "items", "",
		"the dotted path of that list, or number, in its answer; the column of a number with --sql")
	fs.StringVar(&f.sql, "sql", "",
		"a query that counts instead: a row for each operation, or count(*)")
	fs.StringVar(&f.dsn, "dsn", "", "where its database is: postgres://USER:PASSWORD@HOST/DATABASE, "+
		"mysql://…, sqlite:FILE; ${NAME} is read from the environment")
	fs.Int64Var(&f.each, "each", 0, "how many items one operation adds (default 1)")
	fs.StringVar(&f.key, "key", "",
		"the header, or the field of the body, of the idempotency key; a header that the line lacks is "+
			"added, with a fresh key")
	fs.IntVar(&f.repeat, "repeat", 0, "so many rounds, each with a fresh key in place of the line's")
	fs.DurationVar(&f.timeout, "timeout", 30*time.Second, "how long an answer may take")
	fs.DurationVar(&f.settle, "settle", 500*time.Millisecond,
		"for how long the count must not change to be taken")
	fs.StringSliceVar(&f.allowHost, "allow-host", nil,
		"a host that may be reached though it is neither loopback nor private")
	fs.StringVar(&f.format, "format", "text", "text or json")
	fs.BoolVar(&f.ascii, "ascii", false, "draw with nothing outside ASCII")
}

// check says what is wrong with the flags.
func (f *flags) check(each bool) error {
	switch {
	case f.copies < 2 || f.copies > maxCopies:
		return fmt.Errorf("-n %d: a race has 2 to %d copies\n  next: correct -n", f.copies, maxCopies)
	case f.repeat < 0 || f.repeat > maxRounds:
		return fmt.Errorf("--repeat %d: a race has 1 to %d rounds\n  next: correct --repeat", f.repeat,
			maxRounds)
	case each && f.each < 1:
		return fmt.Errorf("--each %d: an operation adds 1 item at least\n  next: correct --each", f.each)
	case f.timeout <= 0 || f.settle < 0:
		return errors.New("--timeout and --settle are durations above zero\n  next: write such as 10s")
	case f.count != "" && f.sql != "":
		return errors.New("--count and --sql both count, and one is enough\n  next: leave one out")
	case (f.sql == "") != (f.dsn == ""):
		return errors.New("--sql counts in the database of --dsn: one of them is missing\n" +
			"  next: write --sql 'SELECT …' --dsn '${DATABASE_URL}'")
	case f.count+f.sql == "" && (f.items != "" || each):
		return errors.New("--items and --each say what --count or --sql counts, and there is none\n" +
			"  next: add --count 'curl …'")
	case f.format != "text" && f.format != "json":
		return fmt.Errorf("--format %q is neither text nor json", f.format)
	}
	return nil
}

// run reads the lines and races.
func run(ctx context.Context, s terminal.Streams, given flags, line string) (*raced.Race, error) {
	read := &reader{env: s.Env, readFile: os.ReadFile}
	lines, err := read.rounds(line, given)
	if err != nil {
		return nil, exit.Usage(fmt.Errorf("the line: %w", err))
	}
	gate := guard.New(guard.Options{Allow: given.allowHost})
	way, err := open(ctx, gate, read.way, lines[0].URL)
	if err != nil {
		return nil, err
	}
	defer way.close()
	o := race.Options{
		World: way.world, Rounds: lines, Copies: given.copies, Timeout: given.timeout,
		Settle: given.settle, Each: given.each, Protocol: way.protocol,
	}
	counter, done, err := read.counter(ctx, gate, given)
	if err != nil {
		return nil, err
	}
	defer done()
	o.Counter = counter
	o.Secrets = read.secrets
	r, err := race.Run(ctx, o)
	if uncounted, is := errors.AsType[*race.CountError](err); is {
		return nil, exit.Usage(fmt.Errorf("%w, so nothing was sent\n  next: correct %s or --items",
			uncounted, given.counting()))
	}
	if err != nil {
		return nil, err
	}
	r.Notes = append(read.notes(), way.notes...)
	if !r.Reached() {
		return nil, fmt.Errorf("no copy reached the service at %s: %s\n  next: start the service, or "+
			"correct the URL", r.Sent.URL, r.Refusals())
	}
	return r, nil
}

// counting is the flag that says what is counted.
func (f *flags) counting() string {
	if f.sql != "" {
		return "--sql"
	}
	return "--count"
}

func codeOf(r *raced.Race) int {
	switch r.Verdict {
	case verdict.Valid:
		return exit.Valid
	case verdict.Invalid:
		return exit.Invalid
	case verdict.Unknown:
	}
	return exit.Unknown
}

func show(s terminal.Streams, r *raced.Race, given flags) error {
	if given.format == "json" {
		return racing.JSON(s.Out, r)
	}
	return racing.Text(s.Out, r, s.Page(given.ascii))
}
