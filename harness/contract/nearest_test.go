package contract

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/model"
)

func TestTheNearestDialectIsItself(t *testing.T) {
	for _, d := range Dialects() {
		name, alike, declared := NearestDialect(&model.Contract{Key: d.Key, Promises: d.Promises})
		require.Equal(t, d.Name, name)
		require.Equal(t, declared, alike)
	}
	c := &model.Contract{Key: Dialects()[0].Key, Promises: Dialects()[0].Promises}
	c.Promises.Mismatch = []int{418}
	name, alike, declared := NearestDialect(c)
	require.Equal(t, Dialects()[0].Name, name)
	require.Equal(t, declared-1, alike)
	name, _, _ = NearestDialect(&model.Contract{Key: model.Key{Header: "X-Own"}})
	require.Empty(t, name)
}
