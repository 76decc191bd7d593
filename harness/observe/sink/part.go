package sink

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"sync"

	"github.com/idemcheck/idemcheck/harness/contract/template"
	"github.com/idemcheck/idemcheck/model/source"
	"github.com/idemcheck/idemcheck/model/value"
)

// part reads those items of a sink that a place of the contract names.
type part struct {
	host  *Host
	where map[string]string
	find  map[string]*regexp.Regexp
	mu    sync.Mutex
	// found are the fields that find adds, by item, as far as items were looked at; protected by
	// mu.
	found []map[string]string
}

func newPart(h *Host, r source.Received) (*part, error) {
	p := &part{host: h, where: r.Where, find: map[string]*regexp.Regexp{}}
	for _, name := range slices.Sorted(maps.Keys(r.Find)) {
		x, err := regexp.Compile(r.Find[name])
		if err != nil {
			return nil, fmt.Errorf("reading find.%s of the sink %s: %w", name, h.name, err)
		}
		p.find[name] = x
	}
	return p, nil
}

// Items implements [elsewhere.ItemReader].
func (p *part) Items(ctx context.Context, vars template.Vars, each func(any) error) error {
	where, err := template.Headers(p.where, vars)
	if err != nil {
		return fmt.Errorf("rendering where: %w", err)
	}
	all, err := p.host.inbox.all()
	if err != nil {
		return fmt.Errorf("reading the sink %s: %w", p.host.name, err)
	}
	for i, item := range p.complete(all) {
		if i%1000 == 0 && ctx.Err() != nil {
			return fmt.Errorf("reading the sink %s: %w", p.host.name, ctx.Err())
		}
		if !fits(item, where) {
			continue
		}
		if err := each(item); err != nil {
			return err
		}
	}
	return nil
}

// complete adds what find finds.
func (p *part) complete(all []map[string]any) []map[string]any {
	if len(p.find) == 0 {
		return all
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, item := range all {
		if i == len(p.found) {
			p.found = append(p.found, p.foundIn(item))
		}
		all[i] = maps.Clone(item)
		for name, text := range p.found[i] {
			all[i][name] = text
		}
	}
	return all
}

// foundIn are the fields that stand in the text of an item, or else in its subject.
func (p *part) foundIn(item map[string]any) map[string]string {
	out := map[string]string{}
	for name, x := range p.find {
		for _, field := range []string{"text", "subject"} {
			if m := x.FindStringSubmatch(text(item[field])); len(m) > 1 && out[name] == "" {
				out[name] = m[1]
			}
		}
	}
	return out
}

// fits reports whether the fields of an item have some values.
func fits(item map[string]any, where map[string]string) bool {
	for field, want := range where {
		if text(value.Lookup(item, field)) != want {
			return false
		}
	}
	return true
}
