package starting

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/idemcheck/idemcheck/harness/contract/curl"
)

// Ask asks a person what a contract can begin with. Who has nothing gives nothing.
func Ask(in io.Reader, out io.Writer) (Given, error) {
	a := &asking{in: bufio.NewReader(in), out: out}
	var g Given
	fmt.Fprintln(out, "Paste curl lines as your browser, Postman or Insomnia copies them. "+
		"An empty line is none.")
	g.Curl = a.line("What callers want done once, such as placing an order:")
	if len(g.Curl) == 0 {
		return g, a.err
	}
	g.Create = a.line("What makes a fresh thing that it works on, such as an account:")
	g.Ledger = a.line("What lists the things that were done:")
	yes := a.read("Send each of them once now, to learn from the answers? They change things. [y/N] ")
	g.Probe = strings.EqualFold(yes, "y") || strings.EqualFold(yes, "yes")
	return g, a.err
}

// asking is a conversation; err is why it ended early.
type asking struct {
	in  *bufio.Reader
	out io.Writer
	err error
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
	text, err := a.in.ReadString('\n')
	if errors.Is(err, io.EOF) && text == "" {
		fmt.Fprintln(a.out)
		a.err = errors.New("the questions were not answered to their end\n" +
			"  next: answer with an empty line what you do not know")
	} else if err != nil && !errors.Is(err, io.EOF) {
		a.err = fmt.Errorf("reading an answer: %w", err)
	}
	return strings.TrimRight(text, "\r\n")
}
