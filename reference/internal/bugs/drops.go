package bugs

import (
	"net/http"

	"github.com/idemcheck/idemcheck/reference/internal/answer"
	"github.com/idemcheck/idemcheck/reference/internal/operation"
	"github.com/idemcheck/idemcheck/reference/internal/payment"
	"github.com/idemcheck/idemcheck/reference/internal/processor"
	"github.com/idemcheck/idemcheck/reference/internal/right"
)

// droppedClaimBugs forget a key although its operation was executed.
func droppedClaimBugs() []Bug {
	return []Bug{
		{
			Name:    "claim-dropped-on-disconnect",
			Mistake: "It drops the key when it notices, after the effect, that the client has gone.",
			Rules:   []string{"duplicate-effect", "replay-unmarked", "error-caching"},
			Change:  func(do *payment.Steps) { do.Settle = dropWhenClientGone },
		},
		{
			Name: "claim-dropped-on-error",
			Mistake: "It hands the receipt to the mailer after the effect; when that fails, it answers " +
				"500 and drops the key.",
			Rules: []string{
				"duplicate-effect", "in-flight-execution", "replay-unmarked", "error-caching",
			},
			Change: func(do *payment.Steps) { do.Settle = dropWhenMailerFails },
		},
		{
			Name: "claim-dropped-on-panic",
			Mistake: "It drops the key in the recover of its middleware, also when the panic came after " +
				"the effect.",
			Rules: []string{
				"duplicate-effect", "in-flight-execution", "replay-unmarked", "error-caching",
			},
			Change: func(do *payment.Steps) { do.Settle = dropOnPanic },
		},
		{
			Name: "mismatch-drops-key",
			Mistake: "It drops the key after every refusal about a key, also when it was the refusal of " +
				"another payload under the key of an operation that was executed.",
			Rules: []string{
				"duplicate-effect", "key-ignored", "replay-unmarked", "error-caching",
			},
			Change: func(do *payment.Steps) { do.Respond = dropOnConflict },
		},
	}
}

func dropWhenClientGone(
	s *payment.Server, at *payment.Arrival, decided answer.Response,
) answer.Response {
	if at.Request.Err() != nil {
		drop(s, at)
	}
	return decided
}

// dropWhenMailerFails hands the receipt over under the client's context.
func dropWhenMailerFails(
	s *payment.Server, at *payment.Arrival, decided answer.Response,
) answer.Response {
	if _, hasReceipt := at.Operation.(*operation.ChargeInput); !hasReceipt {
		return decided
	}
	if err := processor.Pause(at.Request, s.Options.Work); err != nil {
		drop(s, at)
		return answer.Problem(answer.Internal, "the receipt could not be sent: %v", err)
	}
	return decided
}

// slip is what the mailer returns for a receipt that it took.
type slip struct{ account string }

// mail returns nil when the client, in whose name it is sent, has gone.
func mail(s *payment.Server, at *payment.Arrival, in *operation.ChargeInput) *slip {
	if processor.Pause(at.Request, s.Options.Work) != nil {
		return nil
	}
	return &slip{in.Account}
}

// dropOnPanic trusts that there is a slip, and takes any panic for work that was not done.
func dropOnPanic(
	s *payment.Server, at *payment.Arrival, decided answer.Response,
) (out answer.Response) {
	in, hasReceipt := at.Operation.(*operation.ChargeInput)
	if !hasReceipt {
		return decided
	}
	defer func() {
		if broken := recover(); broken != nil {
			drop(s, at)
			out = answer.Problem(answer.Internal, "the attempt broke: %v", broken)
		}
	}()
	s.Options.Log.DebugContext(at.Context, "receipt sent", "account", mail(s, at, in).account)
	return decided
}

// dropOnConflict cleans up after any attempt that was refused for its key, as if the key were that
// attempt's own.
func dropOnConflict(
	s *payment.Server, w http.ResponseWriter, at *payment.Arrival, a answer.Response,
) {
	if a.Status == http.StatusUnprocessableEntity {
		drop(s, at)
	}
	right.WriteAnswer(s, w, at, a)
}
