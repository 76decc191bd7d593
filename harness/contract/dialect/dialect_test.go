package dialect_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/contract/dialect"
	"github.com/idemcheck/idemcheck/harness/internal/keyform"
	"github.com/idemcheck/idemcheck/model"
)

func TestEveryRowIsComplete(t *testing.T) {
	seen := map[string]bool{}
	for _, d := range dialect.All() {
		require.False(t, seen[d.Name], "%s: twice", d.Name)
		seen[d.Name] = true
		require.NotEmpty(t, d.Summary, d.Name)
		require.NotEmpty(t, d.Source, d.Name)
		require.NotNil(t, d.Key.Quoted, d.Name)
		require.NotEmpty(t, d.Promises.Transient, d.Name)
		require.True(t, d.Key.Header != "" || d.Limits != "", "%s: how does its key travel?", d.Name)
		require.Empty(t, keyform.Problem(d.Key), d.Name)
		filled := map[string]bool{}
		for _, k := range dialect.Knobs(d.Key, d.Promises) {
			filled[k.Line] = k.Value != ""
		}
		for _, line := range d.Should {
			require.True(t, filled[line], "%s recommends %s and fills in nothing", d.Name, line)
		}
	}
}

// TestEveryLineIsAKnob: a line that is added to the contract is explained, too. How long a service may
// take is nothing that a dialect says, and who makes the keys neither.
func TestEveryLineIsAKnob(t *testing.T) {
	none := map[string]bool{"key.from": true, "promises.recovery": true, "promises.settle": true}
	known := map[string]bool{}
	for _, k := range dialect.Knobs(model.Key{}, model.Promises{}) {
		known[k.Line] = true
		require.Empty(t, k.Value, k.Line)
	}
	for part, of := range map[string]reflect.Type{
		"key.": reflect.TypeFor[model.Key](), "promises.": reflect.TypeFor[model.Promises](),
	} {
		for field := range of.Fields() {
			line := part + field.Tag.Get("yaml")
			require.NotEqual(t, none[line], known[line], line)
		}
	}
}

func TestAPageShowsEveryLine(t *testing.T) {
	d, known := dialect.Named("ietf")
	require.True(t, known)
	page := d.Page()
	require.Regexp(t, `promises.mismatch: +\[422\] +# SHOULD`, page)
	require.Regexp(t, `key.quoted: +true +# MUST`, page)
	_, open, _ := strings.Cut(page, "Left open: ")
	require.Contains(t, open, "promises.retention")
	for _, d := range dialect.All() {
		for _, k := range dialect.Knobs(d.Key, d.Promises) {
			require.Contains(t, d.Page(), k.Line, d.Name)
		}
	}
}

func TestWhatIsRecommendedIsNotDemanded(t *testing.T) {
	d, _ := dialect.Named("ietf")
	c := &model.Contract{Key: d.Key, Promises: d.Promises}
	require.True(t, d.Recommends("promises.mismatch", c))
	require.False(t, d.Recommends("key.quoted", c))
	c.Promises.Mismatch = []int{409}
	require.False(t, d.Recommends("promises.mismatch", c), "what a contract writes itself, it promises")
	_, known := dialect.Named("nobody")
	require.False(t, known)
}
