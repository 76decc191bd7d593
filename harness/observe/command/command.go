// Package command reads items that a program prints.
package command

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/idemcheck/idemcheck/harness/contract/template"
	"github.com/idemcheck/idemcheck/harness/observe/elsewhere"
	"github.com/idemcheck/idemcheck/model/source"
)

// Bounds of one reading: defaultTimeout holds unless the contract says otherwise; a program that
// prints more than maxOutput is killed, and of its standard error maxSaid bytes are shown.
const (
	defaultTimeout = 5 * time.Second
	maxOutput      = 32 << 20
	maxSaid        = 300
)

// program runs one command of a contract.
type program struct {
	run     []string
	env     []string
	timeout time.Duration
}

// Items returns what runs a command and reads what it prints.
func Items(c source.Command) elsewhere.ItemReader {
	out := program{run: c.Run, timeout: c.Timeout.Std()}
	if out.timeout == 0 {
		out.timeout = defaultTimeout
	}
	for _, name := range slices.Sorted(maps.Keys(c.Env)) {
		out.env = append(out.env, name+"="+c.Env[name])
	}
	return out
}

// Items implements [elsewhere.ItemReader].
func (p program) Items(ctx context.Context, vars template.Vars, each func(any) error) error {
	words := make([]string, len(p.run))
	for i, tmpl := range p.run {
		rendered, err := template.Headers(map[string]string{"": tmpl}, vars)
		if err != nil {
			return fmt.Errorf("rendering the arguments of %s: %w", p.run[0], err)
		}
		words[i] = rendered[""]
	}
	printed, err := p.printed(ctx, words)
	if err != nil {
		return err
	}
	dec := json.NewDecoder(printed)
	dec.UseNumber()
	for n := 1; ; n++ {
		var item any
		err := dec.Decode(&item)
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("item %d that %s printed is no JSON: %w", n, words[0], err)
		}
		if err := each(item); err != nil {
			return err
		}
	}
}

// printed runs the program to its end and returns what it printed.
func (p program) printed(ctx context.Context, words []string) (io.Reader, error) {
	ctx, cancel := context.WithTimeout(ctx, p.timeout)
	defer cancel()
	full := errors.New("it printed more than is read")
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	out := &bounded{left: maxOutput, full: func() { stop(full) }}
	said := &bounded{left: maxSaid, full: func() {}}
	c := exec.CommandContext(ctx, words[0], words[1:]...)
	c.Stdout, c.Stderr, c.Env = out, said, append(os.Environ(), p.env...)
	c.WaitDelay = time.Second // for what keeps its output open when it is gone
	group(c)
	err := c.Run()
	switch cause := context.Cause(ctx); {
	case errors.Is(cause, full):
		return nil, fmt.Errorf("%s printed more than %d MiB", words[0], maxOutput>>20)
	case errors.Is(cause, context.DeadlineExceeded):
		return nil, &elsewhere.SlowError{Line: "command.timeout", Cause: fmt.Errorf(
			"%s did not end within %s (timeout) and was killed", words[0], p.timeout)}
	case cause != nil:
		return nil, fmt.Errorf("running %s: %w", words[0], cause)
	case err != nil:
		return nil, fmt.Errorf("running %s: %w%s", words[0], err, quoted(said.kept.String()))
	}
	return &out.kept, nil
}

// quoted is what a program said before it failed.
func quoted(said string) string {
	if said = strings.TrimSpace(strings.ToValidUTF8(said, "")); said == "" {
		return ""
	}
	return ": " + said
}

// bounded keeps so many bytes, and says once that there were more.
type bounded struct {
	kept bytes.Buffer // in a field: its ReadFrom would take what Write does not
	left int
	full func()
}

// Write implements [io.Writer]; it takes everything, so that the program ends as it would.
func (b *bounded) Write(p []byte) (int, error) {
	kept := p[:min(len(p), b.left)]
	b.left -= len(kept)
	_, _ = b.kept.Write(kept) // a buffer takes everything
	if len(kept) < len(p) {
		b.full()
	}
	return len(p), nil
}
