package guess_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/contract/guess"
	"github.com/idemcheck/idemcheck/harness/contract/shown"
)

// TestARecordingIsSorted: of all that a page asks for, one operation is what callers want done once.
func TestARecordingIsSorted(t *testing.T) {
	create := line(t, `curl http://127.0.0.1/products --json '{"sku":"A1","stock":3}'`, `201 {"sku":"A1"}`)
	place := line(t, `curl http://127.0.0.1/orders -H 'Idempotency-Key: 1' `+
		`--json '{"sku":"A1","note":"for me"}'`, `201 {"id":"o-1"}`)
	list := line(t, `curl http://127.0.0.1/orders?sku=A1`, `200 {"orders":[{"id":"o-1","note":"for me"}]}`)
	recorded := []*shown.Call{
		line(t, `curl http://127.0.0.1/`, `200 <html>`),
		line(t, `curl http://track.example/hit --json '{"ref":"for me"}'`, `200 {"id":"A1"}`),
		create,
		line(t, `curl http://127.0.0.1/products`, `200 {"products":[{"sku":"A1"}]}`),
		line(t, `curl http://127.0.0.1/orders -H 'Idempotency-Key: 0' --json '{"sku":"B1"}'`, `401 {}`),
		place, list, list,
		line(t, `curl http://127.0.0.1/seen --json '{"order":"o-1"}'`, `200 {}`),
	}
	x, others, err := guess.Sort(recorded)
	require.NoError(t, err)
	require.Equal(t, []*shown.Call{place}, x.Operations)
	require.Equal(t, []*shown.Call{create}, x.Creates)
	require.Equal(t, []*shown.Call{list}, x.Ledgers)
	require.Equal(t, []string{"POST /seen"}, others)
	d, c := contractOf(t, x)
	require.Zero(t, d.Todos(), d.String())
	require.Equal(t, "/orders?sku={id}", c.Ledgers["orders"].Path)

	_, _, err = guess.Sort(recorded[:1])
	require.ErrorContains(t, err, "next: ")
}
