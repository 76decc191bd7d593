package bugs

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/reference/internal/operation"
)

func TestSalvageTakesWhatArrived(t *testing.T) {
	for body, want := range map[string]operation.ChargeInput{
		`{"account":"a","amount":1234,"reference":"r"}`: {Account: "a", Amount: 1234, Reference: "r"},
		`{"account":"a","amount":1234,"refer`:           {Account: "a", Amount: 1234, Reference: ""},
		`{"account":"a","amount":12`:                    {Account: "a", Amount: 12, Reference: ""},
	} {
		var got operation.ChargeInput
		require.Nil(t, salvage([]byte(body), &got), body)
		require.Equal(t, want, got)
	}
	for _, body := range []string{``, `{`, `{"account":"a","amou`, `{"account":"a`, `[1,2`} {
		require.NotNil(t, salvage([]byte(body), &operation.ChargeInput{}), body)
	}
}
