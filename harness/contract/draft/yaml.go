package draft

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// width is how wide a line may be before it is broken or its comment gets a line of its own.
const width = 100

// printer writes YAML.
type printer struct{ strings.Builder }

// line writes a line with what is said of it.
func (p *printer) line(indent int, text, note string) {
	space := strings.Repeat(" ", indent)
	note = oneLine(note)
	switch {
	case note == "":
		fmt.Fprintf(p, "%s%s\n", space, text)
	case indent+utf8.RuneCountInString(text)+len("  # ")+utf8.RuneCountInString(note) <= width:
		fmt.Fprintf(p, "%s%s  # %s\n", space, text, note)
	default:
		p.comment(indent, note)
		fmt.Fprintf(p, "%s%s\n", space, text)
	}
}

// oneLine is a note without line ends and without what nobody sees.
func oneLine(note string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return -1
	}, strings.Join(strings.Fields(note), " "))
}

// comment writes a comment on lines of its own.
func (p *printer) comment(indent int, note string) {
	space, line := strings.Repeat(" ", indent), ""
	for word := range strings.FieldsSeq(oneLine(note)) {
		if line != "" && indent+len("# ")+len(line)+1+len(word) > width {
			fmt.Fprintf(p, "%s# %s\n", space, line)
			line = "  " + word
			continue
		}
		line = strings.TrimPrefix(line+" "+word, " ")
	}
	fmt.Fprintf(p, "%s# %s\n", space, line)
}

// object writes fields below each other; what fits on its line is not broken, unless open asks
// for it.
func (p *printer) object(indent int, o Object, open bool) {
	for _, f := range o {
		p.field(indent, f, open)
	}
}

func (p *printer) field(indent int, f Field, open bool) {
	name, flow := scalar(f.Name)+":", inline(f.Value)
	short := indent+utf8.RuneCountInString(name+flow) < width && !hasNotes(f.Value)
	inner, isObject := f.Value.(Object)
	items, isList := f.Value.(List)
	switch {
	case isObject && len(inner) > 0 && (open || !short):
		p.line(indent, name, f.Note)
		p.object(indent+2, inner, false)
	case isList && len(items) > 0 && !short:
		p.line(indent, name, f.Note)
		p.list(indent+2, items)
	default:
		p.line(indent, name+" "+flow, f.Note)
	}
}

func (p *printer) list(indent int, items List) {
	for _, item := range items {
		inner, isObject := item.(Object)
		flow := inline(item)
		if !isObject || len(inner) == 0 || indent+2+len(flow) <= width && !hasNotes(item) {
			p.line(indent, "- "+flow, "")
			continue
		}
		var below printer
		below.object(indent+2, inner, false)
		text := below.String()
		// The dash stands before the first line that is no comment.
		at := indent
		for strings.HasPrefix(strings.TrimLeft(text[at:], " "), "#") {
			at += strings.IndexByte(text[at:], '\n') + 1 + indent
		}
		fmt.Fprintf(p, "%s- %s", text[:at], text[at+2:])
	}
}

// hasNotes reports whether something inside a value has a comment, which needs a line.
func hasNotes(v any) bool {
	switch x := v.(type) {
	case Object:
		for _, f := range x {
			if f.Note != "" || hasNotes(f.Value) {
				return true
			}
		}
	case List:
		return slices.ContainsFunc(x, hasNotes)
	}
	return false
}

// inline is a value on one line.
func inline(v any) string {
	var parts []string
	switch x := v.(type) {
	case Object:
		for _, f := range x {
			parts = append(parts, scalar(f.Name)+": "+inline(f.Value))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case List:
		for _, item := range x {
			parts = append(parts, inline(item))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case []int:
		return strings.ReplaceAll(fmt.Sprint(x), " ", ", ")
	case string:
		return scalar(x)
	case nil:
		return "null"
	}
	return fmt.Sprint(v)
}

// bare is what needs no quotes, wherever it stands.
var bare = regexp.MustCompile(`^[A-Za-z_/][A-Za-z0-9_./-]*( [A-Za-z_][A-Za-z0-9_./-]*)*$|` +
	`^https?://[A-Za-z0-9._:/-]+$`)

// scalar is a text as YAML has it: bare where nobody could take it for anything else.
func scalar(text string) string {
	switch strings.ToLower(text) {
	case "true", "false", "null", "yes", "no", "on", "off", "y", "n":
		return visible(quoted(text))
	}
	if bare.MatchString(text) && !strings.HasSuffix(text, ":") {
		return text
	}
	return visible(quoted(text))
}
