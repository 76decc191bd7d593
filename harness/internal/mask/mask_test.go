package mask

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/model"
)

// secretive is a resolved contract with two secrets, one of which it says openly in another place.
func secretive() *model.Contract {
	return &model.Contract{
		Name: "of the test-mode",
		Target: model.TargetSettings{Headers: map[string]string{
			"Authorization": "Bearer tok/en-4711", "X-Api-Key": "test-mode", "X-Pin": "1234567",
		}, Secrets: []string{"X-Pin"}},
	}
}

func TestAMaskHidesSecretsOnly(t *testing.T) {
	m := New(secretive(), []string{"further-one"})
	for in, out := range map[string]string{
		"tok/en-4711":                     masked,
		`{"a":"tok\/en-4711"}`:            `{"a":"<redacted>"}`,
		"?t=tok%2Fen-4711":                "?t=<redacted>",
		"Bearer tok/en-4711, further-one": "<redacted>, <redacted>",
		"test-mode":                       "test-mode",
		`{"n":1234567}`:                   `{"n":9999999}`,
		"token":                           "token",
	} {
		require.Equal(t, out, m.Text(in))
	}
	require.Equal(t, map[string]any{"a": []any{masked, int64(5), nil, "9999999"}},
		m.value(map[string]any{"a": []any{"tok/en-4711", int64(5), nil, int64(1234567)}}))
	require.Equal(t, "tok/en-4711", (*Mask)(nil).Text("tok/en-4711"))
}

// TestAMaskKeepsWhatIsLive: the histories that are saved are copies, and a cookie that the service sets
// stays comparable.
func TestAMaskKeepsWhatIsLive(t *testing.T) {
	h := &model.History{
		Operations: []model.Operation{{ID: "a", Path: "/tok/en-4711", Key: "k"}},
		Initial:    model.State{"a.b": "tok/en-4711"},
		Events: []model.Event{
			{Answer: &model.Answer{Body: "tok/en-4711", Headers: map[string]string{"Set-Cookie": "s=1"}}},
			{Answer: &model.Answer{Headers: map[string]string{"Set-Cookie": "s=1"}}},
			{Answer: &model.Answer{Headers: map[string]string{"Set-Cookie": "s=2"}}},
			{Effect: &model.Effect{ID: "tok/en-4711", Fields: map[string]any{"f": "tok/en-4711"}}},
			{Err: "tok/en-4711"},
			{Value: "tok/en-4711"},
		},
	}
	out := New(secretive(), nil).History(h)
	require.Equal(t, "/"+masked, out.Operations[0].Path)
	require.Equal(t, masked, out.Initial["a.b"])
	require.Equal(t, masked, out.Events[0].Answer.Body)
	cookies := func(i int) string { return out.Events[i].Answer.Headers["Set-Cookie"] }
	require.NotContains(t, cookies(0), "s=1")
	require.Equal(t, cookies(0), cookies(1))
	require.NotEqual(t, cookies(1), cookies(2))
	require.Equal(t, masked, out.Events[3].Effect.ID)
	require.Equal(t, masked, out.Events[3].Effect.Fields["f"])
	require.Equal(t, masked, out.Events[4].Err)
	require.Equal(t, masked, out.Events[5].Value)
	require.Equal(t, "tok/en-4711", h.Events[0].Answer.Body)
	require.Equal(t, "tok/en-4711", h.Events[3].Effect.ID)
	require.Equal(t, "tok/en-4711", h.Initial["a.b"])
}
