package signin_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/internal/signin"
	"github.com/idemcheck/idemcheck/model/exchange"
)

func TestTheNameInALocationIsItsLastPart(t *testing.T) {
	for location, want := range map[string]string{
		"/orders/o-7": "o-7", "https://x.test/orders/a%2Fb/?n=1#x": "a/b", "": "", "/": "", "o-1": "o-1",
		"/orders/%zz": "",
	} {
		header := http.Header{"Location": {location}}
		require.Equal(t, want, signin.NameAt(exchange.Spot{Header: "location"}, header, nil), location)
	}
	header := http.Header{"X-Id": {"/a/b"}}
	require.Equal(t, "/a/b", signin.NameAt(exchange.Spot{Header: "X-Id"}, header, nil))
}

func TestFind(t *testing.T) {
	header := http.Header{
		"Location":   {"https://x.test/orders/o-7?new=1"},
		"Set-Cookie": {"a=1; Path=/", "sid=abc; HttpOnly"},
	}
	page := `<html><!-- <input name=other value=no> --><META content="m&amp;1" name="csrf-token">
		<input data-name="csrf" value="wrong"><input value='a"b' type=hidden name=csrf>`
	for _, c := range []struct {
		spot exchange.Spot
		body string
		want string
	}{
		{exchange.Spot{Body: "a.0.id"}, `{"a":[{"id":7}]}`, "7"},
		{exchange.Spot{Body: "a.id"}, `{"a":`, ""},
		{exchange.Spot{Header: "location"}, "", "https://x.test/orders/o-7?new=1"},
		{exchange.Spot{Header: "Location", Pattern: `/orders/([^/?]+)`}, "", "o-7"},
		{exchange.Spot{Header: "Location", Pattern: `o-\d`}, "", "o-7"},
		{exchange.Spot{Header: "Location", Pattern: `none`}, "", ""},
		{exchange.Spot{Cookie: "sid"}, "", "abc"},
		{exchange.Spot{HTML: "input[name=csrf]"}, page, `a"b`},
		{exchange.Spot{HTML: `meta[name="csrf-token"]`}, page, "m&1"},
		{exchange.Spot{HTML: "input[name=none]"}, page, ""},
		{exchange.Spot{Pattern: `type=(\w+)`}, page, "hidden"},
	} {
		require.NoError(t, signin.Problem(c.spot))
		require.Equal(t, c.want, signin.Find(c.spot, header, []byte(c.body)), "%+v", c.spot)
	}
}
