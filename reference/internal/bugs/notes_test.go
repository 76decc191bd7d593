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
	first, second := &payment.Attempt{Key: "k"}, &payment.Attempt{Key: "k"}
	require.Empty(t, kept.get(first))
	kept.put(first, "one")
	kept.put(second, "two")
	seen := ""
	respond := kept.until(
		func(_ *payment.Service, _ http.ResponseWriter, at *payment.Attempt, _ answer.Answer) {
			seen = kept.get(at)
		})
	respond(nil, nil, first, answer.Answer{})
	require.Equal(t, "one", seen, "the last step can still read the note")
	require.Empty(t, kept.get(first))
	require.Equal(t, "two", kept.get(second), "another attempt of the same key has its own")
}
