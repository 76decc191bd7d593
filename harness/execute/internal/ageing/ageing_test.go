package ageing_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/contract/template"
	"github.com/idemcheck/idemcheck/harness/execute/internal/ageing"
	"github.com/idemcheck/idemcheck/model"
)

// ager finds so many records, or fails.
type ager struct {
	found int64
	err   error
}

func (a ager) Age(context.Context, template.Vars) (int64, error) { return a.found, a.err }

// TestWhoseAgeIsNotKnownIsNotAged: neither one of which nobody knows since when it is kept, nor one
// that the statement does not find.
func TestWhoseAgeIsNotKnownIsNotAged(t *testing.T) {
	for name, tt := range map[string]struct {
		by   ager
		end  model.Outcome
		says string
	}{
		"acknowledged":            {ager{found: 1}, model.OK, ""},
		"refused":                 {ager{found: 1}, model.Fail, ""},
		"refused and not kept":    {ager{}, model.Fail, ""},
		"not answered":            {ager{found: 1}, model.Info, "neither done nor refused"},
		"not answered, not asked": {ager{found: 1}, "", "neither done nor refused"},
		"not found":               {ager{}, model.OK, "correct age.sql.update"},
		"a failing statement":     {ager{err: errors.New("no such table")}, model.OK, "no such table"},
	} {
		t.Run(name, func(t *testing.T) {
			r := ageing.Records{By: tt.by, Kept: time.Hour}
			err := r.Age(t.Context(), &model.Operation{ID: "a"}, time.Minute, tt.end)
			if tt.says == "" {
				require.NoError(t, err)
			} else {
				require.ErrorContains(t, err, tt.says)
			}
		})
	}
}
