package origins

import (
	"context"
	"fmt"

	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/exit"
	"github.com/idemcheck/idemcheck/harness/observe/elsewhere"
	"github.com/idemcheck/idemcheck/model/source"
)

// kind is one kind of place. What open opens it has closed with o.
type kind struct {
	is   func(*source.Origin) bool
	open func(ctx context.Context, o *Opened, p place) (elsewhere.ItemReader, error)
}

// kinds are those that a contract may name, a row each.
func kinds() []kind {
	return []kind{
		{func(o *source.Origin) bool { return o.SQL != nil }, openSQL},
		{func(o *source.Origin) bool { return o.Metrics != nil }, openMetrics},
		{func(o *source.Origin) bool { return o.Command != nil }, openCommand},
		{func(o *source.Origin) bool { return o.HTTP != nil }, openHTTP},
		{func(o *source.Origin) bool { return o.Sink != nil }, openSink},
		{func(o *source.Origin) bool { return o.Func != "" }, refuseFunc},
	}
}

// refuseFunc says that a command has no functions.
func refuseFunc(_ context.Context, _ *Opened, p place) (elsewhere.ItemReader, error) {
	return nil, exit.Usage(fmt.Errorf("%s.func is %q, and only a go test hands functions over\n"+
		"  next: run the contract with harness.Check, or name a place that the command reads, such as "+
		"%s: {sql: {dsn: ..., select: ...}}", p.line, p.origin.Func, p.line))
}
