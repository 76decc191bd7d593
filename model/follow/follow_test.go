package follow_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/model/follow"
	"github.com/idemcheck/idemcheck/model/value"
)

func TestPagesAreNumbered(t *testing.T) {
	zero, ten := 0, 10
	for name, tt := range map[string]struct {
		pages follow.Pages
		want  [3]int
	}{
		"from one by default":   {follow.Pages{Query: "page"}, [3]int{1, 2, 3}},
		"from zero when said":   {follow.Pages{Query: "page", From: &zero}, [3]int{0, 1, 2}},
		"by items":              {follow.Pages{Query: "offset", From: &zero, Step: 25}, [3]int{0, 25, 50}},
		"from elsewhere":        {follow.Pages{Query: "page", From: &ten, Step: 2}, [3]int{10, 12, 14}},
		"a step below one is 1": {follow.Pages{Query: "page", Step: -3}, [3]int{1, 2, 3}},
	} {
		for page, want := range tt.want {
			require.Equal(t, want, tt.pages.Number(page), "%s: page %d", name, page)
		}
	}
}

func TestPagesCountOrFollow(t *testing.T) {
	for want, all := range map[bool][]follow.Pages{
		true:  {{Query: "page"}, {Query: "offset", Step: 20}},
		false: {{}, {Next: "next"}, {Header: "Link"}, {Query: "after", Cursor: "cursor"}},
	} {
		for _, p := range all {
			require.Equal(t, want, p.Counts(), "%+v", p)
		}
	}
}

func TestStatesAreToldByTheirValues(t *testing.T) {
	done := follow.StateValues{Field: "state.name", Values: []any{"done", true, 3}}
	for _, tt := range []struct {
		states follow.StateValues
		is     any
		want   bool
	}{
		{done, "done", true},
		{done, true, true},
		{done, 3.0, true}, // as JSON has it
		{done, "running", false},
		{done, "true", false},
		{done, nil, false},
		{follow.StateValues{Field: "state.name"}, "done", false},
		{follow.StateValues{Values: []any{nil, "done"}}, nil, false}, // no field, so nothing is told
	} {
		var asked []string
		got := tt.states.Holds(func(path string) any {
			asked = append(asked, path)
			return tt.is
		})
		require.Equal(t, tt.want, got, "%+v of %v", tt.states, tt.is)
		if tt.states.Field != "" {
			require.Equal(t, []string{tt.states.Field}, asked)
		}
	}
}

func TestReadingsHaveTheirTimes(t *testing.T) {
	for _, tt := range []struct{ every, within, wantEvery, wantWithin time.Duration }{
		{0, 0, 50 * time.Millisecond, 5 * time.Second},
		{time.Second, 0, time.Second, 5 * time.Second},
		{0, time.Minute, 50 * time.Millisecond, time.Minute},
		{time.Millisecond, time.Second, time.Millisecond, time.Second},
	} {
		every, within := follow.Async{
			Every: value.Duration(tt.every), Within: value.Duration(tt.within),
		}.Times()
		require.Equal(t, tt.wantEvery, every)
		require.Equal(t, tt.wantWithin, within)
	}
}
