package elsewhere

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/model/source"
)

// TestAPlaceIsReadByItsName: a function is found under its own name, everything else under its
// place in the contract.
func TestAPlaceIsReadByItsName(t *testing.T) {
	sql := &source.Origin{SQL: &source.Query{}}
	f := &source.Origin{Func: "charges"}
	require.Equal(t, "ledgers.charges.from", Ledger("charges", sql))
	require.Equal(t, "resources.account.read_from", State("account", sql))
	require.Equal(t, Function("charges"), Ledger("other", f))
	require.Equal(t, Function("charges"), State("account", f))
	require.Equal(t, []string{"sql"}, sql.Kinds())
	require.Equal(t, []string{"func"}, f.Kinds())
	require.Empty(t, (&source.Origin{}).Kinds())
}

func TestStateIsOneItem(t *testing.T) {
	broken := errors.New("the connection is gone")
	for _, tt := range []struct {
		name  string
		items []any
		err   error
		says  string
	}{
		{"one", []any{"a"}, nil, ""},
		{"none", nil, nil, "here shows no item"},
		{"two", []any{"a", "b"}, nil, "here shows more than one item"},
		{"unreadable", []any{"a"}, broken, "the connection is gone"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			read := func(_ context.Context, vars map[string]any) ([]any, error) {
				require.Equal(t, "7", vars["id"])
				return tt.items, tt.err
			}
			at := Named{Readers: ByName{"here": Func(read)}, Name: "here"}
			item, err := at.One(t.Context(), map[string]any{"id": "7"})
			if tt.says != "" {
				require.ErrorContains(t, err, tt.says)
				return
			}
			require.NoError(t, err)
			require.Equal(t, "a", item)
		})
	}
}

func TestNobodyReadsIt(t *testing.T) {
	for _, r := range []Readers{nil, ByName{}} {
		at := Named{Readers: r, Name: "ledgers.charges.from"}
		err := at.Items(t.Context(), nil, func(any) error { return nil })
		require.EqualError(t, err, "nothing here reads ledgers.charges.from")
	}
}
