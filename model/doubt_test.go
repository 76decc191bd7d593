package model

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWhatHangsOnTimeIsDoubted(t *testing.T) {
	stuck := Violation{Rule: "stuck-key", Level: LevelViolation, Timed: true}
	twice := Violation{Rule: "duplicate-effect", Level: LevelViolation}
	for _, tt := range []struct {
		name  string
		doubt string
		found []Violation
		want  Result
		kept  int
	}{
		{"nothing found", "busy", nil, Valid, 0},
		{"no doubt", "", []Violation{stuck}, Invalid, 1},
		{"doubted", "busy", []Violation{stuck}, Unknown, 0},
		{"a proof", "busy", []Violation{twice}, Invalid, 1},
		{"a proof beside it", "busy", []Violation{twice, stuck}, Invalid, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v := NewVerdict()
			v.Violations, v.Judged.Cases = tt.found, 1
			v = Merge(v, NewVerdict())
			got := Doubt(v, &History{Case: 3, Scenario: "slow", Doubt: tt.doubt})
			require.Equal(t, tt.want, got.Verdict)
			require.Len(t, got.Violations, tt.kept)
			require.Equal(t, 1, got.Judged.Cases)
			if tt.want == Unknown {
				require.Equal(t, []string{"case 3 (slow): stuck-key hangs on time: busy"}, got.Reasons)
			}
		})
	}
}
