package value

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// decoded is a field as encoding/json finds it.
func decoded(body, name string) any {
	dec := json.NewDecoder(strings.NewReader(body))
	dec.UseNumber()
	var v any
	if dec.Decode(&v) != nil {
		return nil
	}
	return Normal(Lookup(v, name))
}

func FuzzFieldIsWhatDecodingGives(f *testing.F) {
	for _, body := range []string{
		``, `{}`, `{"id":"c1"}`, ` { "id" : 7 , "a":[1,{"id":2}], "b":{} } x`, `{"id":"a","id":null}`,
		`{"id":-0}`, `{"id":01}`, `{"id":1.5}`, `{"id":true,"x":}`, `{"id":"é"}`, `{"id":"\u0041"}`,
		`{"id":"c1"`, `{"id":"c1",}`, `{"id":tru}`, `[{"id":1}]`, `{"id":{"a":1}}`, `{"a":nul,"id":1}`,
		`{"id":99999999999999999999}`, `{"a":"` + "\x01" + `","id":1}`, `{"id":1}{"id":2}`, `{"id":1 2}`,
	} {
		f.Add(body, "id")
	}
	f.Fuzz(func(t *testing.T, body, name string) {
		require.Equal(t, decoded(body, name), Field(body, name), "%q of %q", name, body)
	})
}
