package detect

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/idemcheck/idemcheck/harness/contract/template"
	"github.com/idemcheck/idemcheck/harness/detect/internal/ask"
	"github.com/idemcheck/idemcheck/harness/execute"
	"github.com/idemcheck/idemcheck/model"
)

// maxSubjects is how many types of operation are tried until one is done.
const maxSubjects = 3

func newDetection(o Options, site execute.Site) (*detection, error) {
	c, err := ask.New(ask.Options{
		Contract: o.Contract, Secrets: o.Secrets, RunID: o.RunID, HTTP: site.HTTP,
	})
	if err != nil {
		return nil, err
	}
	subjects, err := ask.SubjectsOf(o.Contract)
	if err != nil {
		return nil, err
	}
	return &detection{
		caller: c, contract: o.Contract, subjects: subjects, unseen: map[string]string{},
	}, nil
}

// begin finds an operation that is done, and the form in which its key is heeded.
func begin(ctx context.Context, d *detection) error {
	if d.contract.Key.From != "" {
		return ask.Nothing("the service makes the keys (key.from)")
	}
	if len(d.subjects) == 0 {
		return ask.Nothing("the contract has no operation that may be sent again")
	}
	var refusals error
	for _, s := range d.subjects[:min(maxSubjects, len(d.subjects))] {
		d.subject = s
		err := findForm(ctx, d)
		if _, told := errors.AsType[*ask.ToldError](err); !told {
			return inVain(ctx, d, err)
		}
		refusals = both(refusals, err)
	}
	return ask.Nothing("no operation was done: %v", refusals)
}

// inVain is an error, or why nothing can be known where the service was asked and gave no answer to
// something else than its first operation.
func inVain(ctx context.Context, d *detection, err error) error {
	_, nothing := errors.AsType[*ask.NothingError](err)
	if err == nil || nothing || ctx.Err() != nil || d.first == nil {
		return err
	}
	return ask.Nothing("an operation was done, and its repeat could not be compared: %s",
		d.caller.Masked(err.Error()))
}

// findForm finds the form in which keys are heeded: that of the contract, or one of a dialect.
func findForm(ctx context.Context, d *detection) error {
	forms := ask.FormsOf(d.contract, template.Sends(d.subject.Op, "key"))
	var refusals, alike error
	done := 0
	for _, f := range forms {
		if d.form = f; done > 0 && sameHeader(f, forms[0]) && f.Quoted {
			continue // a key that was not heeded bare is not heeded for its quotes
		}
		heeded, err := try(ctx, d)
		no, told := errors.AsType[*ask.ToldError](err)
		switch {
		case told && refusesKey(no.Status):
			refusals = both(refusals, err)
			continue
		case err != nil:
			return err
		case heeded:
			headerSeen(d)
			return nil
		case d.kind(d.control) == replayed:
			alike = sameName(d)
		}
		done++
	}
	if done == 0 {
		return refusals
	}
	return cmp.Or(alike, unheeded(forms))
}

// both puts two refusals together, unless the second says what the first did.
func both(before, now error) error {
	if before == nil || strings.Contains(before.Error(), now.Error()) {
		return cmp.Or(before, now)
	}
	return fmt.Errorf("%w\n%w", before, now)
}

// sameName says that another key shows the same as a repeat, so that nothing shows a repeat.
func sameName(d *detection) error {
	return ask.Nothing("another key with the same payload was answered %q, as the first was: "+
		"payloads are recognised and not keys, or operations.%s.answer.identity does not name what "+
		"was made",
		d.caller.Masked(d.subject.NameIn(d.control)), d.subject.Type)
}

// unheeded says that no form of key was heeded.
func unheeded(forms []ask.Form) error {
	var names []string
	for _, f := range forms {
		names = append(names, f.String())
	}
	return ask.Nothing("no repeat was recognised by its key, so that nothing is known of keys; "+
		"tried: %s", strings.Join(names, ", "))
}

func sameHeader(a, b ask.Form) bool { return strings.EqualFold(a.Header, b.Header) }

// try sends an operation and its repeat in a form, and reports whether the repeat was recognised.
func try(ctx context.Context, d *detection) (bool, error) {
	d.key, d.payload, d.control = d.caller.NextKey(), d.caller.NewPayload(d.subject.Small), nil
	d.first = nil
	first, err := d.send(ctx, d.key, d.payload)
	if err != nil {
		return false, err
	}
	if !d.done(first) {
		return false, d.caller.Told("operations."+d.subject.Type, first)
	}
	d.first = first
	if d.control, err = d.send(ctx, d.caller.NextKey(), d.payload); err != nil {
		return false, err
	}
	if d.again, err = d.send(ctx, d.key, d.payload); err != nil {
		return false, err
	}
	return heeded(d), nil
}

// heeded reports whether a repeat was recognised, and by its key: another one with the same payload
// is no repeat.
func heeded(d *detection) bool {
	switch d.kind(d.again) {
	case replayed, acknowledged:
		return d.kind(d.control) != d.kind(d.again)
	case other:
		return refusesKey(d.again.Status) && !d.done(d.again) && d.done(d.control)
	}
	return false
}

// headerSeen notes how keys travel.
func headerSeen(d *detection) {
	header := d.form.Header
	d.noteValue("key.header", cmp.Or(header, elsewhere), func(k model.Key, _ model.Promises) bool {
		return strings.EqualFold(k.Header, header)
	})
}
