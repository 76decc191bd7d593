package judge

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/verdict"
)

func TestWhatHangsOnTimeIsDoubted(t *testing.T) {
	stuck := verdict.Violation{Rule: "stuck-key", Level: verdict.LevelViolation, Timed: true}
	twice := verdict.Violation{Rule: "duplicate-effect", Level: verdict.LevelViolation}
	for _, tt := range []struct {
		name  string
		doubt string
		found []verdict.Violation
		want  verdict.Result
		kept  int
	}{
		{"nothing found", "busy", nil, verdict.Valid, 0},
		{"no doubt", "", []verdict.Violation{stuck}, verdict.Invalid, 1},
		{"doubted", "busy", []verdict.Violation{stuck}, verdict.Unknown, 0},
		{"a proof", "busy", []verdict.Violation{twice}, verdict.Invalid, 1},
		{"a proof beside it", "busy", []verdict.Violation{twice, stuck}, verdict.Invalid, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v := verdict.New()
			v.Violations, v.Judged.Cases = tt.found, 1
			v = Merge(v, verdict.New())
			got := Doubt(v, &model.History{Case: 3, Scenario: "slow", Doubt: tt.doubt})
			require.Equal(t, tt.want, got.Verdict)
			require.Len(t, got.Violations, tt.kept)
			require.Equal(t, 1, got.Judged.Cases)
			if tt.want == verdict.Unknown {
				require.Equal(t, []string{"case 3 (slow): stuck-key depends on timing: busy"}, got.Reasons)
			}
		})
	}
}
