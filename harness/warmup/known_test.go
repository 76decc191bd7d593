package warmup

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/internal/stub"
	"github.com/idemcheck/idemcheck/harness/trial"
	"github.com/idemcheck/idemcheck/model"
)

func TestTheServiceTimeIsTheShortestSeen(t *testing.T) {
	took := func(sent, answered int) trial.Trial {
		return trial.Trial{History: &model.History{
			Operations: []model.Operation{{ID: "a", Type: "charge"}},
			Events: []model.Event{
				{Kind: model.Sent, Attempt: 1, At: stub.Milliseconds(sent).Std()},
				{Kind: model.Answered, Attempt: 1, At: stub.Milliseconds(answered).Std()},
				{Kind: model.Sent, Attempt: 2, At: stub.Milliseconds(50).Std()},
				{Kind: model.Answered, Attempt: 2, At: stub.Milliseconds(51).Std()},
			},
		}}
	}
	service := map[string]time.Duration{}
	measure([]trial.Trial{{}, took(1, 9), took(2, 7), took(0, 30)}, service)
	require.Equal(t, stub.Milliseconds(5).Std(), service["charge"])
}

func TestAServiceThatIsSlowerThanTheTimeoutIsTold(t *testing.T) {
	at := func(kind model.EventKind, ms int) model.Event {
		return model.Event{
			Kind: kind, Operation: "a", Attempt: 1, At: stub.Milliseconds(ms).Std(), Err: "timeout",
		}
	}
	_, odd := answered(&model.History{
		Operations: []model.Operation{{ID: "a", Type: "charge"}},
		Events: []model.Event{
			at(model.Invoke, 0), at(model.Sent, 1), at(model.Return, 100), at(model.Answered, 504),
		},
	}, stub.Contract(t))
	require.Equal(t, "operation charge is answered after 503ms, and clients give up after 100ms: set "+
		"target.timeout: auto, or a longer one", odd)
}
