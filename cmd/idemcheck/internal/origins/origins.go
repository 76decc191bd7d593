// Package origins opens what a contract reads besides the service, a row in a table for each kind,
// and what makes records of keys older.
package origins

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"slices"

	"github.com/idemcheck/idemcheck/harness/observe/elsewhere"
	"github.com/idemcheck/idemcheck/harness/observe/sink"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/source"
)

// Access is how other machines are reached.
type Access struct {
	// Admit lets a host be reached, or says why it may not be; named is where the contract names it.
	Admit func(ctx context.Context, host, named string) error
	// Dial connects to hosts that were admitted.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Begin is called with the addresses of all sinks, by name, once they listen and before anything
	// is read; nil begins nothing.
	Begin func(sinks map[string]string) error
}

// Opened is what is read besides a service. It implements [elsewhere.Readers].
type Opened struct {
	way     Access
	readers elsewhere.ByName
	// databases are those that were opened, by DSN, and sinks those that listen, by name.
	databases map[string]database
	sinks     map[string]*sink.Host
	closers   []func() error
	// ager makes records of keys older; nil when the contract does not say how.
	ager elsewhere.Ager
}

// Reader implements [elsewhere.Readers].
func (o *Opened) Reader(name string) (elsewhere.ItemReader, bool) { return o.readers.Reader(name) }

// Ager makes records of keys older as the contract says; nil when it does not.
func (o *Opened) Ager() elsewhere.Ager { return o.ager }

// place is one place that a contract names.
type place struct {
	// line is where it stands in the contract, such as ledgers.charges.from.
	line   string
	origin *source.Origin
}

// Open opens the sinks and every place of a resolved contract, and tries each once. An error says
// what to do next; then nothing stays open.
func Open(ctx context.Context, c *model.Contract, way Access) (*Opened, error) {
	o := &Opened{
		way: way, readers: elsewhere.ByName{}, databases: map[string]database{},
		sinks: map[string]*sink.Host{},
	}
	if err := openSinks(ctx, o, c.Sinks); err != nil {
		return nil, errors.Join(err, o.Close())
	}
	if err := o.begin(); err != nil {
		return nil, errors.Join(err, o.Close())
	}
	all := placesOf(c)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		reader, err := o.open(ctx, all[name])
		if err != nil {
			return nil, errors.Join(err, o.Close())
		}
		o.readers[name] = reader
	}
	if err := openAge(ctx, o, c.Age); err != nil {
		return nil, errors.Join(err, o.Close())
	}
	return o, nil
}

// begin begins what is to know where the sinks listen.
func (o *Opened) begin() error {
	if o.way.Begin == nil {
		return nil
	}
	addresses := map[string]string{}
	for name, h := range o.sinks {
		addresses[name] = h.Addr()
	}
	return o.way.Begin(addresses)
}

// placesOf are the places of a contract by the names of their readers.
func placesOf(c *model.Contract) map[string]place {
	out := map[string]place{}
	for name, l := range c.Ledgers {
		if l.From != nil {
			out[elsewhere.Ledger(name, l.From)] = place{"ledgers." + name + ".from", l.From}
		}
	}
	for name, r := range c.Resources {
		if r.ReadFrom != nil {
			line := "resources." + name + ".read_from"
			out[elsewhere.State(name, r.ReadFrom)] = place{line, r.ReadFrom}
		}
	}
	return out
}

// open opens one place.
func (o *Opened) open(ctx context.Context, p place) (elsewhere.ItemReader, error) {
	for _, k := range kinds() {
		if k.is(p.origin) {
			return k.open(ctx, o, p)
		}
	}
	return nil, fmt.Errorf("nothing here reads %s", p.line)
}

// Close lets go of everything.
func (o *Opened) Close() error {
	var failed error
	for _, f := range slices.Backward(o.closers) {
		failed = errors.Join(failed, f())
	}
	return failed
}
