package memory

import (
	"slices"
	"sort"

	"github.com/idemcheck/idemcheck/reference/store"
)

type reader struct{ data *state }

func (r reader) Account(tenant, id string) (store.Account, error) {
	return get(r.data.accounts, pair{tenant, id})
}

func (r reader) Charge(tenant, id string) (store.Charge, error) {
	return get(r.data.charges, pair{tenant, id})
}

func (r reader) Record(scope, key string) (store.Record, error) {
	record, err := get(r.data.records, pair{scope, key})
	record.Body = slices.Clone(record.Body)
	return record, err
}

func (r reader) Effects(q store.EffectQuery) ([]store.LedgerEntry, error) {
	all := r.data.effects[pair{q.Tenant, q.Account}]
	first := sort.Search(len(all), func(i int) bool { return all[i].Seq > q.After })
	all = all[first:]
	if q.Limit > 0 && len(all) > q.Limit {
		all = all[:q.Limit]
	}
	return slices.Clone(all), nil
}

func get[V any](table map[pair]V, id pair) (V, error) {
	value, ok := table[id]
	if !ok {
		return value, store.ErrNotFound
	}
	return value, nil
}
