package judge

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/model"
)

func TestWhatHangsOnTimeIsDoubted(t *testing.T) {
	stuck := model.Violation{Rule: "stuck-key", Level: model.LevelViolation, Timed: true}
	twice := model.Violation{Rule: "duplicate-effect", Level: model.LevelViolation}
	for _, tt := range []struct {
		name  string
		doubt string
		found []model.Violation
		want  model.Result
		kept  int
	}{
		{"nothing found", "busy", nil, model.Valid, 0},
		{"no doubt", "", []model.Violation{stuck}, model.Invalid, 1},
		{"doubted", "busy", []model.Violation{stuck}, model.Unknown, 0},
		{"a proof", "busy", []model.Violation{twice}, model.Invalid, 1},
		{"a proof beside it", "busy", []model.Violation{twice, stuck}, model.Invalid, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v := model.NewVerdict()
			v.Violations, v.Judged.Cases = tt.found, 1
			v = Merge(v, model.NewVerdict())
			got := Doubt(v, &model.History{Case: 3, Scenario: "slow", Doubt: tt.doubt})
			require.Equal(t, tt.want, got.Verdict)
			require.Len(t, got.Violations, tt.kept)
			require.Equal(t, 1, got.Judged.Cases)
			if tt.want == model.Unknown {
				require.Equal(t, []string{"case 3 (slow): stuck-key hangs on time: busy"}, got.Reasons)
			}
		})
	}
}
