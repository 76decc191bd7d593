package exchange_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/model/exchange"
)

func TestAMessageSaysWhatItContains(t *testing.T) {
	m := exchange.PlainMessage{
		Method: "PUT", Path: "/x", Body: 1, Form: map[string]any{"f": 2}, Text: "3",
		Multipart: map[string]any{"m": 4}, Query: map[string]any{"q": 5},
		Headers: map[string]string{"H": "6"}, OK: []int{204},
	}
	require.Equal(t, exchange.Content{
		Body: 1, Form: map[string]any{"f": 2}, Text: "3", Multipart: map[string]any{"m": 4},
		Query: map[string]any{"q": 5}, Headers: map[string]string{"H": "6"},
	}, m.Content())
	require.Equal(t, []string{"body", "form", "text", "multipart"}, m.Content().Bodies())
	for name, tt := range map[string]struct {
		content exchange.Content
		want    []string
	}{
		"nothing":               {exchange.Content{}, nil},
		"a body":                {exchange.Content{Body: map[string]any{}}, []string{"body"}},
		"a form without fields": {exchange.Content{Form: map[string]any{}}, []string{"form"}},
		"no text":               {exchange.Content{Text: "", Query: map[string]any{"a": 1}}, nil},
		"two": {
			exchange.Content{Text: "a", Multipart: map[string]any{}}, []string{"text", "multipart"},
		},
	} {
		require.Equal(t, tt.want, tt.content.Bodies(), name)
	}
}

// A contract may write one message where a list is meant; what is neither is reported as the list that
// it should have been.
func TestOneLoginMayStandWithoutAList(t *testing.T) {
	one := exchange.PlainMessage{Path: "/login"}
	errList, errOne := errors.New("no list"), errors.New("no message")
	for name, tt := range map[string]struct {
		list, one error
		want      exchange.Logins
		err       error
	}{
		"a list":  {nil, errOne, exchange.Logins{one, one}, nil},
		"one":     {errList, nil, exchange.Logins{one}, nil},
		"neither": {errList, errOne, nil, errList},
	} {
		var got exchange.Logins
		err := got.UnmarshalYAML(func(into any) error {
			switch into := into.(type) {
			case *[]exchange.PlainMessage:
				*into = []exchange.PlainMessage{one, one}
				return tt.list
			case *exchange.PlainMessage:
				*into = one
				return tt.one
			}
			return errors.New("another type")
		})
		require.Equal(t, tt.err, err, name)
		require.Equal(t, tt.want, got, name)
	}
}
