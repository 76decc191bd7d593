package document

import (
	"slices"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"

	"github.com/idemcheck/idemcheck/model/value"
)

// MinTimeout is the timeout of `timeout: auto` before anything was measured, and the least it may
// become.
const MinTimeout = 200 * time.Millisecond

// automatic is what a contract says of a timeout that is to be measured.
const automatic = "auto"

// readDuration reads a duration. Shapes were checked before: only a timeout may be automatic.
func readDuration(d *value.Duration, src []byte) error {
	var text string
	if err := yaml.Unmarshal(src, &text); err != nil {
		return err
	}
	if text == automatic {
		text = value.Duration(MinTimeout).String()
	}
	return d.UnmarshalText([]byte(text))
}

// takeAuto replaces `target.timeout: auto` by the least timeout, and reports whether it was there.
func takeAuto(root ast.Node) bool {
	text, ok := valueOf(valueOf(root, "target"), "timeout").(*ast.StringNode)
	if !ok || text.Value != automatic {
		return false
	}
	text.Value = value.Duration(MinTimeout).String()
	return true
}

// valueOf returns the value of a field of a mapping; nil when there is none.
func valueOf(node ast.Node, field string) ast.Node {
	lines, _ := pairs(node)
	i := slices.IndexFunc(lines, func(p *ast.MappingValueNode) bool { return keyName(p) == field })
	if i < 0 {
		return nil
	}
	return lines[i].Value
}
