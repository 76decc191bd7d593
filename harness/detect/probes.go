package detect

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/idemcheck/idemcheck/harness/contract/dialect"
	"github.com/idemcheck/idemcheck/harness/detect/internal/ask"
	"github.com/idemcheck/idemcheck/model"
)

// missing sends an operation without a key.
func missing(ctx context.Context, d *detection) error {
	said, err := d.send(ctx, "", d.caller.NewPayload(d.subject.Small))
	if err != nil {
		return err
	}
	taken := d.done(said)
	if !taken && (!refusesKey(said.Status) || d.subject.Refused(said)) {
		return fmt.Errorf("without a key the answer was %d", said.Status)
	}
	d.noteFlag("key.required", !taken, model.Key.IsRequired)
	if taken {
		d.notSeen("no key is needed", "promises.missing")
		return nil
	}
	d.noteStatus("promises.missing", said.Status, func(p model.Promises) []int { return p.Missing })
	return nil
}

// quoting sends keys with quotes and without, and one that cannot be parsed.
func quoting(ctx context.Context, d *detection) error {
	if d.form.Header == "" {
		const why = "the key travels in path or body"
		quotedSeen(d, false)
		d.notSeen(why, "promises.malformed")
		return nil
	}
	if d.form.Quoted {
		return unquoted(ctx, d)
	}
	said, err := sendLine(ctx, d, `"`+d.key+`"`, d.payload)
	if err != nil {
		return err
	}
	quotesKept(d, said)
	if said, err = sendLine(ctx, d, "", d.caller.NewPayload(d.subject.Small)); err == nil {
		malformedSeen(d, said)
	}
	return err
}

// unquoted sends a service keys without quotes, and with one of them.
func unquoted(ctx context.Context, d *detection) error {
	said, err := sendLine(ctx, d, d.caller.NextKey(), d.caller.NewPayload(d.subject.Small))
	if err != nil {
		return err
	}
	switch {
	case refusesKey(said.Status):
		quotedSeen(d, true)
	case d.done(said):
		if err := bareToo(ctx, d); err != nil || !d.form.Quoted {
			return err
		}
	}
	said, err = sendLine(ctx, d, `"`+d.caller.NextKey(), d.caller.NewPayload(d.subject.Small))
	if err != nil {
		return err
	}
	malformedSeen(d, said)
	return nil
}

// bareToo asks what a key is without its quotes: the same key, another one, or none.
func bareToo(ctx context.Context, d *detection) error {
	said, err := sendLine(ctx, d, d.key, d.payload)
	if err != nil || d.kind(said) != executed {
		d.notSeen("a key is taken with quotes and without", "key.quoted")
		return err
	}
	again, err := sendLine(ctx, d, d.key, d.payload)
	if err != nil {
		return err
	}
	if d.subject.NameIn(again) != d.subject.NameIn(said) {
		d.notSeen("a key without its quotes is taken, and is none", "key.quoted")
		return nil
	}
	quotedSeen(d, false)
	d.form.Quoted, d.first = false, said // from here on without them: it was done under that key, too
	return nil
}

// quotesKept notes whether a key with quotes is another one than without, or none: then quotes are
// no part of how keys are sent.
func quotesKept(d *detection, said *ask.Heard) {
	if d.kind(said) == executed || refusesKey(said.Status) && said.Status != d.doneStatus {
		quotedSeen(d, false)
		return
	}
	d.notSeen("a key is taken with quotes and without", "key.quoted")
}

func quotedSeen(d *detection, quoted bool) {
	d.noteFlag("key.quoted", quoted, model.Key.IsQuoted)
}

// malformedSeen notes what a key that is none was answered, where it was refused.
func malformedSeen(d *detection, said *ask.Heard) {
	if d.done(said) || !refusesKey(said.Status) || d.subject.Refused(said) {
		d.notSeen("no key that could be tried was refused", "promises.malformed")
		return
	}
	d.noteStatus("promises.malformed", said.Status, func(p model.Promises) []int {
		return slices.Concat(p.Malformed, p.Missing)
	})
}

// sendLine sends an operation with a text in the header of its key.
func sendLine(ctx context.Context, d *detection, line string, p ask.Payload) (*ask.Heard, error) {
	if d.caller.Lost() {
		return nil, errLost
	}
	o := d.ordered(d.key, p)
	o.Line = &line
	return d.caller.Order(ctx, o)
}

// control sends one more operation as the first was sent. Where that is refused by now, nobody
// knows why those were that came before.
func control(ctx context.Context, d *detection) error {
	err := d.mustBeDone(ctx, d.caller.NewPayload(d.subject.Small))
	if err != nil {
		d.forget(d.caller.Masked(err.Error()),
			"key.quoted", "key.required", "key.max_length", "key.min_length", "key.pattern",
			"promises.missing", "promises.malformed", "promises.too_long")
	}
	return nil
}

// takes reports whether a new operation is done under a key, or refused for that.
func takes(ctx context.Context, d *detection, key string) (bool, error) {
	said, err := d.send(ctx, key, d.caller.NewPayload(d.subject.Small))
	switch {
	case err != nil:
		return false, err
	case d.done(said):
		return true, nil
	case slices.Contains(d.subject.Op.Refused, said.Status):
	case refusesKey(said.Status) || said.Status == http.StatusRequestHeaderFieldsTooLarge:
		d.tooLong = said.Status
		return false, nil
	}
	return false, fmt.Errorf("a key of %d characters was answered %d", len(key), said.Status)
}

// bracket is what is known of the longest key that is taken: one of so many characters was taken,
// and one of refused was not, if that is more. Zero is not known.
type bracket struct{ taken, refused int }

// try tries a key of n characters.
func (b *bracket) try(ctx context.Context, d *detection, n int) error {
	taken, err := takes(ctx, d, d.caller.LongKey(n))
	switch {
	case err != nil:
	case taken:
		b.taken = n
	default:
		b.refused = n
	}
	return err
}

// narrow finds the longest key that is taken, of some lengths, and tries one character more.
func (b *bracket) narrow(ctx context.Context, d *detection, lengths []int) error {
	for low, high := 0, len(lengths); low < high; {
		middle := (low + high) / 2
		if err := b.try(ctx, d, lengths[middle]); err != nil {
			return err
		}
		if b.taken == lengths[middle] {
			low = middle + 1
		} else {
			high = middle
		}
	}
	if b.taken > 0 && b.taken < b.refused-1 {
		return b.try(ctx, d, b.taken+1)
	}
	return nil
}

// lengths finds the longest key that is taken, of the lengths that anybody declares.
func lengths(ctx context.Context, d *detection) error {
	all, b := maxLengths(d.contract.Key), bracket{}
	if err := b.try(ctx, d, all[len(all)-1]+1); err != nil {
		return err
	}
	status := d.tooLong
	if b.refused > 0 {
		if err := b.narrow(ctx, d, all); err != nil {
			return err
		}
	}
	b.see(d, status)
	return nil
}

// see notes how long keys may be; status is what a key that is too long was told.
func (b *bracket) see(d *detection, status int) {
	const line, tooLong = "key.max_length", "promises.too_long"
	switch {
	case b.taken == 0:
		d.notSeen("keys of all lengths that were tried are refused: they have another form",
			line, tooLong)
		return
	case b.refused == 0:
		d.notSeen("no key that could be tried was too long", tooLong)
		d.note(Sighting{Line: line, How: fmt.Sprintf("%d or more", b.taken), allows: b.allows})
		return
	case b.taken == b.refused-1:
		d.noteValue(line, fmt.Sprint(b.taken), b.allows)
	default:
		how := fmt.Sprintf("%d to %d", b.taken, b.refused-1)
		d.note(Sighting{Line: line, How: how, allows: b.allows})
	}
	if status == http.StatusBadRequest || status == http.StatusUnprocessableEntity {
		d.notSeen("it is malformed, as others are", tooLong)
		malformedSeen(d, &ask.Heard{Status: status})
		return
	}
	d.noteStatus(tooLong, status, func(p model.Promises) []int { return p.TooLong })
}

// allows reports whether a declared length is what was seen.
func (b *bracket) allows(k model.Key, _ model.Promises) bool {
	return b.taken <= k.MaxLength && (b.refused == 0 || k.MaxLength < b.refused)
}

// maxLengths lists the lengths of the longest keys that anybody declares, the shortest first.
func maxLengths(own model.Key) []int {
	out := []int{255}
	for _, d := range dialect.All() {
		if d.Key.MaxLength > 0 {
			out = append(out, d.Key.MaxLength)
		}
	}
	if own.MaxLength > 0 {
		out = append(out, own.MaxLength)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// sample is a key that was tried for its form, and whether it was taken.
type sample struct {
	key   string
	taken bool
}

// forms tries keys that are shorter than some dialects have them, or of other characters.
func forms(ctx context.Context, d *detection) error {
	var tried []sample
	length := 36
	for _, key := range []string{
		d.caller.LongKey(15), d.caller.LongKey(20), "a.b:" + d.caller.LongKey(length-4),
		"a/b+" + d.caller.LongKey(length-4),
	} {
		taken, err := takes(ctx, d, key)
		if err != nil {
			return err
		}
		tried = append(tried, sample{key, taken})
	}
	tried = append(tried, sample{d.key, true})
	shortest(d, tried)
	d.note(Sighting{
		Line: "key.pattern", How: formSeen(tried),
		allows: func(k model.Key, _ model.Promises) bool { return obeys(k, tried) },
	})
	return nil
}

// shortest notes the shortest key that is taken, as far as that was seen.
func shortest(d *detection, tried []sample) {
	n := len(d.key)
	for _, s := range tried {
		if s.taken {
			n = min(n, len(s.key))
		}
	}
	d.note(Sighting{
		Line: "key.min_length", How: fmt.Sprintf("%d or less", n),
		allows: func(k model.Key, _ model.Promises) bool { return k.MinLength <= n },
	})
}

// formSeen says which keys were taken.
func formSeen(tried []sample) string {
	var taken, not []string
	for _, s := range tried {
		if s.taken {
			taken = append(taken, s.key)
		} else {
			not = append(not, s.key)
		}
	}
	if len(not) == 0 {
		return "keys with any of . : / + are taken"
	}
	return "taken: " + strings.Join(taken, ", ") + "; refused: " + strings.Join(not, ", ")
}

// obeys reports whether keys were taken where they are of a form, and refused where they are not.
func obeys(k model.Key, tried []sample) bool {
	return !slices.ContainsFunc(tried, func(s sample) bool { return k.Fits(s.key) != s.taken })
}
