package detect

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/contract/dialect"
	"github.com/idemcheck/idemcheck/model"
)

// required is that a key is required, as it is seen.
func required() Sighting {
	return Sighting{
		Line: "key.required", Value: "true", How: "true",
		allows: func(k model.Key, _ model.Promises) bool { return k.IsRequired() },
	}
}

// TestWhatTellsNothingApartNamesAll: of dialects that say the same of all that was seen none is
// nearer. Who says nothing of it agrees in less.
func TestWhatTellsNothingApartNamesAll(t *testing.T) {
	got := Findings{Seen: []Sighting{required()}}
	got.compare(&model.Contract{})
	var want []string
	for _, d := range dialect.All() {
		if d.Key.IsRequired() {
			want = append(want, d.Name)
		}
	}
	require.Greater(t, len(want), 1)
	require.Equal(t, want, got.Nearest)
	last := got.Dialects[len(got.Dialects)-1]
	require.Equal(t, []Departure{{"key.required", "false", "true"}}, last.Differs)
	for _, d := range got.Dialects {
		says := Said("key.required", known(t, d.Dialect).Key, model.Promises{})
		require.Equal(t, says == "", d.Distance+d.Alike == 0, d.Dialect)
	}
}

func known(t *testing.T, name string) dialect.Dialect {
	t.Helper()
	d, known := dialect.Named(name)
	require.True(t, known)
	return d
}

// TestLinesAreWrittenWhereTheContractSaysLessOrElse, and no others.
func TestLinesAreWrittenWhereTheContractSaysLessOrElse(t *testing.T) {
	got := Findings{Seen: []Sighting{required()}}
	line := []dialect.Knob{{Line: "key.required", Value: "true"}}
	require.Equal(t, line, got.Lines(&model.Contract{}))
	require.Equal(t, line, got.Lines(&model.Contract{Key: model.Key{Required: new(false)}}))
	require.Empty(t, got.Lines(&model.Contract{Key: model.Key{Required: new(true)}}))
	got.Seen[0].Value = ""
	require.Empty(t, got.Lines(&model.Contract{}), "it is known what the line is not, and no more")
}

// TestOnlyAStatusThatSpeaksOfTheKeyRefusesIt: a rate, a login or a failure says nothing of keys.
func TestOnlyAStatusThatSpeaksOfTheKeyRefusesIt(t *testing.T) {
	for status, refuses := range map[int]bool{
		400: true, 409: true, 412: true, 422: true, 423: true, 425: true, 428: true,
		201: false, 302: false, 401: false, 403: false, 404: false, 405: false, 408: false, 429: false,
		500: false, 502: false, 503: false, 504: false,
	} {
		require.Equal(t, refuses, refusesKey(status), status)
	}
	require.Equal(t, 409, told([]int{500, 409}, nil), "a failure may be another's")
	require.Zero(t, told([]int{500}, []int{503}))
	require.Equal(t, 503, told([]int{503}, []int{503}), "and is not when it comes again")
}

// TestEveryLineHasAProbeOrAReason: a knob that is added is asked for, or said not to be.
func TestEveryLineHasAProbeOrAReason(t *testing.T) {
	why := beyond()
	asked := map[string]bool{"key.header": true}
	for _, p := range probes() {
		for _, line := range p.lines {
			asked[line] = true
		}
	}
	for _, line := range allLines() {
		require.NotEqual(t, why[line] != "", asked[line], line)
	}
}

// TestAContractSaysAllOfTheScope, where a dialect may say less.
func TestAContractSaysAllOfTheScope(t *testing.T) {
	is := scoping{tenant: new(true), route: new(true)}
	require.Equal(t, "[tenant, route]", is.value())
	tenant := model.Key{Scope: []string{"tenant"}}
	require.True(t, is.allows(tenant, model.Promises{}))
	require.False(t, is.suits(tenant, model.Promises{}))
	require.True(t, is.suits(model.Key{Scope: []string{"route", "tenant"}}, model.Promises{}))
	is.route = new(false)
	require.Equal(t, "tenant, not route", is.String())
	require.False(t, is.allows(model.Key{Scope: []string{"tenant", "route"}}, model.Promises{}))
	is.route = nil
	require.Empty(t, is.value(), "not all of it was seen")
	require.True(t, is.suits(tenant, model.Promises{}))
}
