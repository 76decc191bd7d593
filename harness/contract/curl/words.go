package curl

import (
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/syntax"
)

// maxLine bounds a line, and with it how deep a shell's syntax can nest in it.
const maxLine = 128 << 10

// words splits a line as bash does, without running anything: $NAME and ${NAME} become ${NAME}, and
// what a command would print becomes "substituted".
func words(line string) ([]string, error) {
	line = strings.ReplaceAll(strings.TrimSpace(line), "\r\n", "\n")
	line = strings.TrimPrefix(strings.TrimPrefix(line, "$ "), "# ")
	switch {
	case len(line) > maxLine:
		return nil, fmt.Errorf("the line has more than %d bytes\n  next: shorten its body", maxLine)
	case strings.Contains(line, `^"`) || strings.Contains(line, "^\n"):
		return nil, errors.New("the line is written for the Windows command prompt\n" +
			"  next: copy it with \"Copy as cURL (bash)\"")
	}
	file, err := syntax.NewParser(syntax.Variant(syntax.LangBash)).Parse(strings.NewReader(line), "")
	if err != nil {
		return nil, fmt.Errorf("the line is not one that a shell reads: %w\n"+
			"  next: put it into single quotes as a whole, or write '\\'' for a quote inside", err)
	}
	if len(file.Stmts) > 1 && file.Stmts[0].Background {
		return nil, errors.New("the line goes on behind an & that is in no quotes\n" +
			"  next: put the URL and the body into quotes")
	}
	call := firstCall(file)
	if call == nil {
		return nil, errNoCurl
	}
	return expanded(call.Args)
}

var errNoCurl = errors.New("the line is no curl command\n  next: begin it with curl, as in " +
	"'curl -X POST http://127.0.0.1:8080/orders -d ...'")

// firstCall is the first command of a line; what its output is piped into does not matter.
func firstCall(file *syntax.File) *syntax.CallExpr {
	if len(file.Stmts) == 0 {
		return nil
	}
	cmd := file.Stmts[0].Cmd
	for {
		binary, ok := cmd.(*syntax.BinaryCmd)
		if !ok {
			break
		}
		cmd = binary.X.Cmd
	}
	call, _ := cmd.(*syntax.CallExpr)
	return call
}

func expanded(args []*syntax.Word) ([]string, error) {
	config := &expand.Config{
		Env: expand.FuncEnviron(func(name string) string { return "${" + name + "}" }),
		CmdSubst: func(w io.Writer, _ *syntax.CmdSubst) error {
			_, err := io.WriteString(w, "substituted")
			return err
		},
	}
	var out []string
	for _, w := range args {
		if err := plain(w); err != nil {
			return nil, err
		}
		unescape(w)
		text, err := expand.Literal(config, w)
		if err != nil {
			return nil, fmt.Errorf("a word of the line cannot be read: %w\n"+
				"  next: write it without ${...} that computes something", err)
		}
		out = append(out, text)
	}
	return out, nil
}

// escaped is a backslash outside of quotes, with what it makes an ordinary character.
var escaped = regexp.MustCompile(`(?s)\\(.)`)

// unescape takes the backslashes away that stand outside of quotes, as in 'it'\”s'; to expand
// leaves them.
func unescape(w *syntax.Word) {
	for _, part := range w.Parts {
		if text, is := part.(*syntax.Lit); is {
			text.Value = escaped.ReplaceAllString(text.Value, "$1")
		}
	}
}

// plain refuses what a shell computes: arithmetic, files made of commands, patterns.
func plain(w *syntax.Word) error {
	var err error
	syntax.Walk(w, func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.ArithmExp, *syntax.ProcSubst, *syntax.ExtGlob:
			err = errors.New("the line has something that a shell computes\n  next: write its result")
		case *syntax.CmdSubst:
			return false
		case *syntax.ParamExp:
			if !simple(n) {
				err = errors.New("the line changes a variable in ${...}\n  next: write $NAME or the value")
			}
		}
		return err == nil
	})
	return err
}

func simple(p *syntax.ParamExp) bool {
	return p.Param != nil && !p.Excl && !p.Length && p.Index == nil && p.Slice == nil &&
		p.Repl == nil && p.Exp == nil && p.Names == 0 && !p.Width
}

// GoesOn reports whether a line is the beginning of one that goes on below: it ends with a
// backslash, or inside quotes.
func GoesOn(line string) bool {
	if strings.HasSuffix(line, "\\") {
		return true
	}
	_, err := syntax.NewParser(syntax.Variant(syntax.LangBash)).Parse(strings.NewReader(line), "")
	return syntax.IsIncomplete(err)
}
