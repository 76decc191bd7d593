package check_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/contract/internal/check"
	"github.com/idemcheck/idemcheck/harness/internal/stub"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/value"
)

// mistakes are patches of the stub's contract, and all that is said of each: where, and what. A
// patch without anything to be said is the nearest contract that is right.
type mistakes map[string]struct {
	patch string
	want  []string
}

func (m mistakes) check(t *testing.T) {
	t.Helper()
	for name, tt := range m {
		var said []string
		for _, p := range check.Check(patched(t, tt.patch)) {
			require.NotEmpty(t, p.Advice, "%s: every mistake says what to do", name)
			said = append(said, strings.Join(p.Path, ".")+": "+p.Message)
		}
		require.Equal(t, tt.want, said, name)
	}
}

// patched is the stub's contract with a merge patch in JSON (RFC 7396): null removes.
func patched(t *testing.T, patch string) *model.Contract {
	t.Helper()
	text, err := json.Marshal(stub.Contract(t))
	require.NoError(t, err)
	text, err = json.Marshal(merged(decoded(t, text), decoded(t, []byte(patch))))
	require.NoError(t, err)
	var out model.Contract
	require.NoError(t, json.Unmarshal(text, &out), patch)
	for _, o := range out.Operations {
		for _, f := range o.FailsWhen {
			for name, v := range f.Args { // as YAML has them
				f.Args[name] = value.Normal(v)
			}
		}
	}
	return &out
}

func decoded(t *testing.T, text []byte) (out map[string]any) {
	t.Helper()
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber() // whole numbers of 64 bits stay as they are
	require.NoError(t, dec.Decode(&out), string(text))
	return out
}

func merged(into, change map[string]any) map[string]any {
	out := map[string]any{}
	maps.Copy(out, into)
	for name, v := range change {
		switch fields, is := v.(map[string]any); {
		case v == nil:
			delete(out, name)
		case is:
			old, _ := out[name].(map[string]any)
			out[name] = merged(old, fields)
		default:
			out[name] = v
		}
	}
	return out
}
