package sight

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/idemcheck/idemcheck/harness/contract/progress"
	"github.com/idemcheck/idemcheck/harness/internal/mask"
	"github.com/idemcheck/idemcheck/harness/observe"
	"github.com/idemcheck/idemcheck/internal/lists"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/follow"
	"github.com/idemcheck/idemcheck/model/value"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// accepted reports whether the answer says no more than that the operation was accepted.
func (s *Sight) accepted() bool { return s.contract.Accepts(s.op.Type, s.Answer) }

// end is what was read of an operation that was accepted: that it was done, or else the last that
// was read; nil where nothing was.
func (s *Sight) end() (out *model.Event) {
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

// unfollowed is the line to write where an answer says that the operation is not over, and where
// what becomes of it can be read; nil where it does not say both.
func (s *Sight) unfollowed() []verdict.Mistake {
	answer, field := s.pending()
	poll := ""
	switch {
	case answer == nil:
	case answer.Headers["Location"] != "":
		poll = "{header: Location}"
	case s.Type.Answer.IdentityIn(answer) != nil && s.Type.Method == http.MethodPost:
		poll = "{path: " + strings.TrimRight(s.Type.Path, "/") + "/{identity}}"
	}
	if poll == "" {
		return nil
	}
	write := fmt.Sprintf("write async: {accepted: [202], poll: %s, done: {field: %s, values: [%s]}, "+
		"refused: {field: %s, values: [%s]}}", poll, field, strings.Join(progress.Successes(), ", "),
		field, strings.Join(progress.Failures(), ", "))
	return []verdict.Mistake{s.Mistake(s.path("async"),
		fmt.Sprintf("nothing, so that %v is the end", s.Type.OK),
		"202: "+mask.Excerpt([]byte(answer.Body)), write)}
}

// pending is the first answer that says that the operation is not over yet, and the path of the
// field that says so; nil without one. A repeat may be answered that it is over by now.
func (s *Sight) pending() (*model.Answer, string) {
	for _, e := range s.History.Events {
		if e.Kind != model.Return || e.Answer == nil || e.Answer.Status != http.StatusAccepted {
			continue
		}
		for _, at := range scalars(decoded(e.Answer.Body), "") {
			text, is := at.value.(string)
			last := at.path[strings.LastIndexByte(at.path, '.')+1:]
			if is && progress.IsTold(last) && progress.IsPending(text) {
				return e.Answer, at.path
			}
		}
	}
	return nil, ""
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

// identity compares the field that names what was made.
func (s *Sight) identity() []verdict.Mistake {
	field := s.Type.Answer.Identity
	if !s.Type.Answer.Names() || s.contract.SaysDone(s.Answer.Status) || s.Answer.Unread() != "" {
		return nil
	}
	if s.Type.Answer.IdentityFrom != nil {
		return s.named()
	}
	_, why := observe.NameValue(s.Answer.Field(field))
	if why == "" {
		return nil
	}
	return []verdict.Mistake{s.Mistake(s.path("answer", "identity"), field,
		"an answer with "+why+" such field", orElse(line("identity", names(s.Answer.Body)...),
			"leave the line out"))}
}

// named looks for what names what was made where that is no field.
func (s *Sight) named() []verdict.Mistake {
	if s.Type.Answer.IdentityIn(s.Answer) != nil {
		return nil
	}
	return []verdict.Mistake{s.Mistake(s.path("answer", "identity_from"), "a name in the answer",
		"no name there", "write where it stands, or leave the line out")}
}

// fields compares what an answer must say.
func (s *Sight) fields(want map[string]any) []verdict.Mistake {
	answer := s.final()
	if answer == nil || answer.Unread() != "" || s.contract.SaysDone(answer.Status) {
		return nil
	}
	var out []verdict.Mistake
	for _, name := range sortedKeys(want) {
		got := answer.Field(name)
		if value.Equal(got, want[name]) {
			continue
		}
		source := s.Type.Answer.Fields[name]
		write := orElse(line(name, sources(s, got)...), "correct or leave out the line")
		observed := typed(got)
		if got == nil {
			observed = "no such field"
			write = orElse(moved(holders(answer.Body, want[name]), source), "leave the line out")
		}
		m := s.Mistake(s.path("answer", "fields", name), source+" = "+typed(want[name]), observed, write)
		m.Answer = whole(answer)
		out = append(out, m)
	}
	return out
}

// lookup compares where what an answer names can be found.
func (s *Sight) lookup() []verdict.Mistake {
	missing := lists.Where(s.History.Events, isMissing)
	return lists.Map(missing[:min(len(missing), 1)], func(e model.Event) verdict.Mistake {
		return s.Mistake(s.path("answer", "lookup"), s.Type.Answer.Lookup,
			"nothing there named "+typed(e.Value), "write the path at which it is found, and check identity")
	})
}

// isMissing reports whether what an answer named was looked up and not found.
func isMissing(e model.Event) bool { return e.Kind == model.LookedUp && !e.Exists }

// SameName is the line by which the answers to two operations have one name. Answers that are the
// same altogether say nothing about the line.
func (s *Sight) SameName(a, b *model.Answer) []verdict.Mistake {
	field := s.Type.Answer.Identity
	if a == nil || b == nil || a.Body == b.Body || a.Field(field) == nil ||
		!value.Equal(a.Field(field), b.Field(field)) {
		return nil
	}
	return []verdict.Mistake{s.Mistake(s.path("answer", "identity"), field,
		"the same name for two operations: "+typed(a.Field(field)), distinct(a, b))}
}

// distinct proposes the fields by which two answers differ as names.
func distinct(a, b *model.Answer) string {
	differ := func(name string) bool { return !value.Equal(a.Field(name), b.Field(name)) }
	return orElse(line("identity", lists.Where(names(a.Body), differ)...), "leave the line out")
}

// triedOnce reports whether the first attempt got a definite answer: what comes of tries after a
// failure is for the run to find.
func (s *Sight) triedOnce() bool {
	for _, e := range s.History.Events {
		if e.Kind == model.Return && e.Operation == s.op.ID {
			return s.contract.Classify(s.op.Type, e.Answer) != model.Info
		}
	}
	return false
}
