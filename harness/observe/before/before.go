// Package before remembers what stood in ledgers before the first operation, and tells what is new.
package before

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"math"

	"github.com/idemcheck/idemcheck/model/value"
)

// Items count effects by what their items look like. The zero value has none and takes none.
type Items map[string]int

// Add files an item that stands there. count is the field that says for how many effects it does;
// "" means one.
func (i Items) Add(item any, count string) error {
	n, err := effects(item, count)
	if err == nil {
		i[fingerprint(item, count)] += n
	}
	return err
}

// Since returns for how many effects an item stands that did not stand there before, and takes off
// what it was given.
func (i Items) Since(item any, count string) (int, error) {
	n, err := effects(item, count)
	if err != nil {
		return 0, err
	}
	f := fingerprint(item, count)
	known := min(n, i[f])
	if known > 0 {
		i[f] -= known
	}
	return n - known, nil
}

// Gone is how many effects stood there that nothing was given for.
func (i Items) Gone() int {
	n := 0
	for _, left := range i {
		n += left
	}
	return n
}

// effects is for how many effects an item stands.
func effects(item any, count string) (int, error) {
	if count == "" {
		return 1, nil
	}
	switch n := value.Normal(value.Lookup(item, count)).(type) {
	case int64:
		if n >= 0 && n <= math.MaxInt32 {
			return int(n), nil
		}
	case float64:
		if n >= 0 && n <= math.MaxInt32 && n == math.Trunc(n) {
			return int(n), nil
		}
	}
	return 0, fmt.Errorf("its field %q is no count: %s", count, value.Text(item))
}

// fingerprint identifies an item; how many effects it stands for is no part of that.
func fingerprint(item any, count string) string {
	if fields, is := item.(map[string]any); is && count != "" {
		fields = maps.Clone(fields)
		delete(fields, count)
		item = fields
	}
	out, err := json.Marshal(item)
	if err != nil {
		out = []byte(fmt.Sprint(item))
	}
	sum := sha256.Sum256(out)
	return string(sum[:16])
}
