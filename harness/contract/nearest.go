package contract

import (
	"encoding/json"
	"reflect"

	"github.com/idemcheck/idemcheck/model"
)

// NearestDialect is the dialect with which a contract agrees in most of what that declares, and in
// how many of how many things. It is empty where a contract agrees with less than half of any.
func NearestDialect(c *model.Contract) (name string, alike, declared int) {
	key, promises := said(c.Key), said(c.Promises)
	for _, d := range Dialects() {
		same, all := agree(said(d.Key), key)
		more, further := agree(said(d.Promises), promises)
		same, all = same+more, all+further
		if 2*same < all || same*declared < alike*all || same*declared == alike*all && all <= declared {
			continue
		}
		name, alike, declared = d.Name, same, all
	}
	return name, alike, declared
}

// said lists by name what a part of a contract says.
func said(part any) map[string]any {
	var out map[string]any
	text, err := json.Marshal(part)
	if err != nil || json.Unmarshal(text, &out) != nil {
		return nil
	}
	return out
}

// agree counts in how many of the things that a dialect says a contract says the same.
func agree(dialect, contract map[string]any) (same, all int) {
	for name, want := range dialect {
		if want == "" {
			continue
		}
		if all++; reflect.DeepEqual(want, contract[name]) {
			same++
		}
	}
	return same, all
}
