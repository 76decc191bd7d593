package starting

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/idemcheck/idemcheck/harness/contract/curl"
)

// Ask asks a person what a contract can begin with. Who has nothing gives nothing. It ends with the
// error of ctx as soon as that is over, though nobody typed anything.
func Ask(ctx context.Context, in io.Reader, out io.Writer) (Given, error) {
	a := &asking{ctx: ctx, typed: make(chan typed), out: out}
	go a.listen(bufio.NewReader(in))
	var g Given
	fmt.Fprintln(out, "Paste curl lines as your browser, Postman or Insomnia copies them. "+
		"An empty line is none.")
	g.Curl = a.line("What callers want done once, such as placing an order:")
	if len(g.Curl) == 0 {
		return g, a.err
	}
	g.Create = a.line("What makes a fresh thing that it works on, such as an account:")
	g.Ledger = a.line("What lists the things that were done:")
	for a.err == nil {
		login := a.line("What lets a caller in, one after the other, such as a login:")
		if len(login) == 0 {
			break
		}
		g.Login = append(g.Login, login...)
	}
	yes := a.read("Send each of them once now, to learn from the answers? They change things. [y/N] ")
	g.Probe = strings.EqualFold(yes, "y") || strings.EqualFold(yes, "yes")
	return g, a.err
}

// asking is a conversation; err is why it ended early.
type asking struct {
	ctx   context.Context
	typed chan typed
	out   io.Writer
	err   error
}

// typed is a line, or why there is none.
type typed struct {
	text string
	err  error
}

// listen hands on what is typed, line by line, until nothing more comes.
func (a *asking) listen(in *bufio.Reader) {
	for {
		text, err := in.ReadString('\n')
		select {
		case a.typed <- typed{text, err}:
		case <-a.ctx.Done():
			return
		}
		if err != nil {
			return
		}
	}
}

// line asks for a curl line, which may go on over several.
func (a *asking) line(question string) []string {
	text := a.read(question + "\n> ")
	for a.err == nil && text != "" && curl.GoesOn(text) {
		text += "\n" + a.read(". ")
	}
	if text == "" {
		return nil
	}
	return []string{text}
}

// read reads one line. The end of what is typed is an empty one.
func (a *asking) read(prompt string) string {
	if a.err != nil {
		return ""
	}
	fmt.Fprint(a.out, prompt)
	select {
	case <-a.ctx.Done():
		a.err = a.ctx.Err()
		return ""
	case got := <-a.typed:
		a.err = unanswered(got.err)
		return strings.TrimRight(got.text, "\r\n")
	}
}

// unanswered says why a question has no answer.
func unanswered(err error) error {
	switch {
	case errors.Is(err, io.EOF):
		return errors.New("the questions were not answered to their end\n" +
			"  next: answer with an empty line what you do not know")
	case err != nil:
		return fmt.Errorf("reading an answer: %w", err)
	}
	return nil
}
