package execute

import (
	"context"
	"slices"

	"github.com/idemcheck/idemcheck/chaos"
	"github.com/idemcheck/idemcheck/harness/internal/signin"
	"github.com/idemcheck/idemcheck/model"
)

// noSession is the error of an attempt that could not be sent because nobody could log in.
const noSession = "no session"

// sessionFor is the session in which an attempt is sent. Copies that go side by side are one
// message, and share theirs.
func sessionFor(ctx context.Context, s *sender, i, n int) (*signin.Credential, error) {
	op, sessions, by := s.ops[i], s.binding.sessions, s.binding.site.HTTP
	if s.binding.plan.IsCopy(op.ID, n) {
		return sessions.Of(ctx, by, op.Tenant)
	}
	return sessions.Next(ctx, by, op.Tenant, &s.progress[i].rotation)
}

// withoutSession records an attempt that was not sent, and why.
func withoutSession(s *sender, i, n int, why error) {
	op := s.ops[i]
	s.recorder.Add(model.Event{
		Kind: model.Return, Operation: op.ID, Attempt: n, Err: noSession,
	})
	s.recorder.Add(model.Event{
		Kind: model.Unreadable, Name: sessionOf(op.Tenant), Err: s.binding.mask.Text(why.Error()),
	})
	s.progress[i].note(s.executor.Contract, op.record, chaos.Completion{Err: noSession})
}

// sessionOf names the session of a tenant.
func sessionOf(tenant string) string {
	if tenant == "" {
		return "the session"
	}
	return "the session of " + tenant
}

// heedSession takes the cookies of an answer, and gives a session up that the answer refuses.
func heedSession(s *sender, op *bound, as *signin.Credential, out chaos.Completion) {
	as.Keep(out.Cookies)
	if out.Answer != nil && s.executor.Contract.Renews(op.Tenant, out.Answer.Status) {
		s.binding.sessions.Refused(op.Tenant, as)
	}
}

// wantsSession reports whether the last answer to an operation says to log in again.
func (p *progress) wantsSession() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.signedOut
}

// admitted says of each tenant that was told to log in again to the end whether a reading is let
// in: then what refuses the operation is not the session.
func admitted(ctx context.Context, s *sender) []model.Event {
	var tenants []string
	for i, op := range s.ops {
		if s.progress[i].wantsSession() && !slices.Contains(tenants, op.Tenant) {
			tenants = append(tenants, op.Tenant)
		}
	}
	var out []model.Event
	for _, tenant := range tenants {
		e := model.Event{Kind: model.SignedIn, Name: tenant + "/", Exists: true}
		if err := s.binding.observer.LetIn(ctx, tenant); err != nil {
			e.Exists, e.Err = false, s.binding.mask.Text(err.Error())
		}
		out = append(out, e)
	}
	return out
}
