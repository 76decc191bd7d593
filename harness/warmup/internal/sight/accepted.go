package sight

import (
	"fmt"
	"strings"

	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/follow"
	"github.com/idemcheck/idemcheck/model/value"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// accepted reports whether the answer says no more than that the operation was accepted.
func (s *Sight) accepted() bool { return s.contract.Accepts(s.op.Type, s.Answer) }

// end is what was read of an operation that was accepted: that it was done, or else the last that
// was read; nil where nothing was.
func (s *Sight) end() *model.Event {
	var out *model.Event
	for i, e := range s.History.Events {
		if e.Kind == model.Polled && (out == nil || out.Value != model.PollDone) {
			out = &s.History.Events[i]
		}
	}
	return out
}

// final is the answer that holds what an ok answer promises: where it says no more than "accepted",
// what was read in the end. It is nil where that is not known.
func (s *Sight) final() *model.Answer {
	if !s.accepted() {
		return s.Answer
	}
	if end := s.end(); end != nil && end.Value == model.PollDone {
		return end.Answer
	}
	return nil
}

// refusedLater reports whether the operation was accepted and refused in the end.
func (s *Sight) refusedLater() bool {
	end := s.end()
	return s.accepted() && end != nil && end.Value == model.PollRefused
}

// unended are the lines that may be wrong where an operation was accepted and nobody has read an
// end of it.
func (s *Sight) unended() []verdict.Mistake {
	end := s.end()
	if !s.accepted() || end != nil && end.Value != model.PollPending {
		return nil
	}
	async := s.Type.Async
	_, within := async.Times()
	is := func(part, declared, observed, write string) []verdict.Mistake {
		return []verdict.Mistake{s.Mistake(s.path("async", part), declared, observed, write)}
	}
	switch {
	case s.place(async.Poll) == "":
		return is("poll", told(async.Poll), "an answer that names no such place",
			"write the header, the field or the path at which it is read")
	case end != nil && end.Err != "":
		return is("poll", told(async.Poll), end.Err, "write where it is read")
	}
	return is("done", async.Done.Field+" to become "+values(async.Done.Values),
		fmt.Sprintf("nothing of that within %s%s", within, s.lastRead(async.Poll)),
		"write the field and the values that say that it is done; if it takes longer, set within to more")
}

// place is where the answer says that the operation is read; "" when it does not.
func (s *Sight) place(poll follow.Address) string {
	switch {
	case poll.Path != "":
		return value.Text(s.Type.Answer.IdentityIn(s.Answer))
	case poll.Header != "":
		return s.Answer.Headers[poll.Header]
	}
	return value.Text(s.Answer.Field(poll.Field))
}

// told is where a contract says that an operation is read.
func told(poll follow.Address) string {
	switch {
	case poll.Path != "":
		return poll.Path
	case poll.Header != "":
		return "the header " + poll.Header
	}
	return "the field " + poll.Field
}

// values lists what a state is called.
func values(all []any) string {
	var out []string
	for _, v := range all {
		out = append(out, typed(v))
	}
	return strings.Join(out, " or ")
}

// lastRead shows what was read last of an operation that was accepted.
func (s *Sight) lastRead(poll follow.Address) string {
	template := poll.Path
	if template == "" {
		template = "/" // what an answer names is no path of the contract
	}
	if all := s.heard.Answers(template); len(all) > 0 {
		x := all[len(all)-1]
		return fmt.Sprintf(": %d %s", x.Status, shown(x.Body))
	}
	return ""
}
