package judge

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/follow"
	"github.com/idemcheck/idemcheck/model/notation"
)

// anything is a specification of which nothing can be told.
type anything struct{}

func (anything) Apply(
	state model.State, _ *model.Operation,
) (model.State, map[string]any, bool) {
	return state, nil, true
}

// TestRepeatsOfWhatIsAcceptedFirst: where replays have the body of the first answer, "accepted" is
// compared with "accepted" and what came of it with what came of it; the operation may have ended in
// between, and may not have become another one, or be at its beginning again.
func TestRepeatsOfWhatIsAcceptedFirst(t *testing.T) {
	const (
		pending = `202 {"id":"p1","status":"pending"}`
		done    = `200 {"id":"p1","status":"done"}`
		failed  = `402 {"id":"p1","status":"failed"}`
	)
	for name, tt := range map[string]struct {
		answers []string
		end     string
		async   bool
		want    string
	}{
		"done in between":           {[]string{pending, done}, "done", true, ""},
		"nothing is declared of it": {[]string{pending, done}, "done", false, "divergent-replay"},
		"accepted again":            {[]string{pending, pending, done, done}, "done", true, ""},
		"refused in between":        {[]string{pending, failed}, "refused", true, ""},
		"without a name at first":   {[]string{`202`, done}, "done", true, ""},
		"another operation": {
			[]string{pending, `200 {"id":"p2","status":"done"}`}, "done", true, "divergent-replay",
		},
		"accepted as another one": {
			[]string{pending, `202 {"id":"p2","status":"pending"}`}, "done", true, "divergent-replay",
		},
		"at its beginning again": {[]string{pending, done, pending}, "done", true, "divergent-replay"},
		"done in two ways": {
			[]string{pending, done, `200 {"id":"p1","status":"done","fee":1}`},
			"done", true,
			"divergent-replay",
		},
	} {
		t.Run(name, func(t *testing.T) {
			text := []string{`op a charge alpha key=k1 mark=m1 {"account":"alpha/A"}`}
			for i, answer := range tt.answers {
				n := string(rune('1' + i))
				text = append(text, "invoke a."+n, "sent a."+n, "answered a."+n+" "+answer,
					"return a."+n+" "+answer)
			}
			h, err := notation.Parse(strings.Join(append(text, "heal"), "\n"))
			require.NoError(t, err)
			c := &model.Contract{
				Operations: map[string]model.OperationType{"charge": {
					OK: []int{200, 202}, Refused: []int{402}, Answer: model.AnswerType{Identity: "id"},
				}},
				Promises: model.Promises{Errors: "replayed"},
			}
			if tt.async {
				typ := c.Operations["charge"]
				typ.OK, typ.Async = []int{200}, &follow.Async{Accepted: []int{202}}
				c.Operations["charge"] = typ
				h.Events = append(h.Events, model.Event{Kind: model.Polled, Operation: "a", Value: tt.end})
			}
			var rules []string
			for _, v := range Judge(h, c, anything{}).Violations {
				rules = append(rules, v.Rule)
			}
			require.Equal(t, tt.want, strings.Join(rules, " "))
		})
	}
}
