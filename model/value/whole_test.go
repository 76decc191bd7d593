package value_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/model/value"
)

func TestAPartIsWholeOrPartOfALongerName(t *testing.T) {
	for _, tc := range []struct {
		text, part string
		want       bool
	}{
		{`{"reference":"ic-7-m1"}`, "ic-7-m1", true},
		{`{"reference":"ic-7-m10"}`, "ic-7-m1", false},
		{`{"reference":"ic-7-m10","note":"like ic-7-m1."}`, "ic-7-m1", true},
		{"xic-7-m1", "ic-7-m1", false},
		{"ic-7-m1", "ic-7-m1", true},
		{"ic-7-m1", "", false},
		{"", "ic-7-m1", false},
	} {
		require.Equal(t, tc.want, value.HasWhole(tc.text, tc.part), "%s in %s", tc.part, tc.text)
	}
}
