package model

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/model/value"
)

// kept is an answer with a body, of which the contract asks for two fields.
func kept(body string, changing ...string) *Answer {
	a := &Answer{Status: 201}
	a.Keep([]byte(body), []string{"id", "data.n"}, changing, "")
	return a
}

// padded is an answer that is too long to be kept whole.
func padded(fields string) string {
	return `{` + fields + `,"padding":"` + strings.Repeat("x", maxBody) + `"}`
}

func TestBodiesAreKeptWholeOrByHash(t *testing.T) {
	for name, body := range map[string]string{
		"long": padded(`"id":"a"`), "no text": "{\"id\":\"a\",\"x\":\"\xff\"}",
		"a bomb of escapes": strings.Repeat("\x00", 1<<20), "no JSON": strings.Repeat("no", maxBody),
	} {
		a := kept(body)
		require.NotNil(t, a.Excerpt, name)
		out, err := json.Marshal(a)
		require.NoError(t, err)
		require.Less(t, len(out), maxBody, name)
		var read Answer
		require.NoError(t, json.Unmarshal(out, &read))
		require.Equal(t, a.Body, read.Body, name)
		require.Equal(t, kept(body), a)
		require.NotEqual(t, a.Body, kept(body+" ").Body, "another body is another")
	}
	a := kept(`{"id":"a","data":{"n":7}}`)
	require.Nil(t, a.Excerpt)
	require.Equal(t, "a", a.Field("id"))
}

func TestFieldsOfWhatIsNotKept(t *testing.T) {
	a := kept(padded(`"id":"a","data":{"n":7}`))
	require.Equal(t, "a", a.Field("id"))
	require.Equal(t, int64(7), a.Field("data.n"))
	require.Nil(t, kept(padded(`"id":null`)).Field("id"))
	long := kept(`{"id":"` + strings.Repeat("x", 1<<20) + `"}`)
	require.Less(t, len(value.Text(long.Field("id"))), maxField)
	require.NotEqual(t, long.Field("id"), kept(`{"id":"`+strings.Repeat("x", 1<<20)+`y"}`).Field("id"))
	deep := kept(`{"id":` + strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000) + `}`)
	require.Equal(t, "it is nested too deep", deep.Unread())
}

func TestWhatIsNotKeptIsCompared(t *testing.T) {
	one, other := padded(`"id":"a","at":1`), padded(`"id":"a","at":2`)
	require.True(t, kept(one).Alike(kept(one), nil))
	require.False(t, kept(one).Alike(kept(other), nil))
	require.True(t, kept(one, "at").Alike(kept(other, "at"), []string{"at"}))
	require.False(t, kept(one, "at").Alike(kept(padded(`"id":"b","at":2`), "at"), []string{"at"}))
	short := `{"id":"a"}`
	require.True(t, kept(padded(`"id":"a"`), "padding").Alike(kept(short), []string{"padding"}))
	require.False(t, kept(short).Alike(kept(padded(`"id":"b"`), "padding"), []string{"padding"}))
	unread := &Answer{Status: 201}
	unread.Keep([]byte("x"), nil, nil, "no such encoding")
	require.True(t, unread.Alike(kept(short), nil), "nobody can tell")
}
