package bugs

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/reference/internal/answer"
	"github.com/idemcheck/idemcheck/reference/internal/payment"
)

func TestNotesLastUntilTheAttemptIsAnswered(t *testing.T) {
	var kept notes[string]
	first, second := &payment.Arrival{Key: "k"}, &payment.Arrival{Key: "k"}
	require.Empty(t, kept.get(first))
	kept.put(first, "one")
	kept.put(second, "two")
	seen := ""
	respond := kept.until(
		func(_ *payment.Server, _ http.ResponseWriter, at *payment.Arrival, _ answer.Response) {
			seen = kept.get(at)
		})
	respond(nil, nil, first, answer.Response{})
	require.Equal(t, "one", seen, "the last step can still read the note")
	require.Empty(t, kept.get(first))
	require.Equal(t, "two", kept.get(second), "another attempt of the same key has its own")
}
