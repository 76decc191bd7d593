package draft

import (
	"fmt"
	"slices"
	"strings"
)

// Leaf is a scalar somewhere in a value, with the dotted path to it.
type Leaf struct {
	// Path is the dotted path to it, Name the nearest name around it.
	Path, Name string
	Value      any
}

// Text is the leaf as a person would type it.
func (l Leaf) Text() string { return Text(l.Value) }

// InList reports whether the leaf lies in a list.
func (l Leaf) InList() bool {
	return slices.ContainsFunc(strings.Split(l.Path, "."), func(part string) bool {
		return part != "" && strings.Trim(part, "0123456789") == ""
	})
}

// Leaves lists the scalars of a value, in order.
func Leaves(v any) []Leaf { return below(nil, Leaf{Value: v}) }

func below(all []Leaf, at Leaf) []Leaf {
	join := func(name string) string { return strings.TrimPrefix(at.Path+"."+name, ".") }
	switch x := at.Value.(type) {
	case Object:
		for _, f := range x {
			all = below(all, Leaf{Path: join(f.Name), Name: f.Name, Value: f.Value})
		}
	case List:
		for i, item := range x {
			all = below(all, Leaf{Path: join(fmt.Sprint(i)), Name: at.Name, Value: item})
		}
	default:
		all = append(all, at)
	}
	return all
}

// Mapped is the value with each scalar replaced by what a function says.
func (l Leaf) Mapped(by func(Leaf) any) any {
	join := func(name string) string { return strings.TrimPrefix(l.Path+"."+name, ".") }
	switch x := l.Value.(type) {
	case Object:
		out := Object{}
		for _, f := range x {
			at := Leaf{Path: join(f.Name), Name: f.Name, Value: f.Value}
			out = append(out, Field{Name: f.Name, Value: at.Mapped(by), Note: f.Note})
		}
		return out
	case List:
		out := List{}
		for i, item := range x {
			out = append(out, Leaf{Path: join(fmt.Sprint(i)), Name: l.Name, Value: item}.Mapped(by))
		}
		return out
	}
	return by(l)
}
