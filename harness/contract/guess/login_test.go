package guess_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/contract/guess"
	"github.com/idemcheck/idemcheck/harness/contract/guess/keys"
	"github.com/idemcheck/idemcheck/harness/contract/shown"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/exchange"
	"github.com/idemcheck/idemcheck/model/follow"
)

// answered is a line that was answered with a header.
func answered(t *testing.T, text, answer, header, value string) *shown.Call {
	t.Helper()
	e := line(t, text, answer)
	e.Reply.Head = http.Header{}
	e.Reply.Head.Set(header, value)
	return e
}

const pay = `curl 127.0.0.1/pay -H 'Idempotency-Key: 1' --json '{"ref":"x"}' `

// TestHowCallersAreLetIn: by a token, whichever header carries it, or by cookies and what a page
// holds.
func TestHowCallersAreLetIn(t *testing.T) {
	const login = `curl 127.0.0.1/login --json '{"user":"me","password":"s3cret"}'`
	for _, tt := range []struct {
		name, answer, header string
		want                 exchange.Spot
		headers              map[string]string
		todos                int
	}{
		{
			"nobody knows", "", `-H 'Authorization: Bearer old'`,
			exchange.Spot{Body: "access_token"},
			map[string]string{"Authorization": "Bearer {token}"},
			1,
		},
		{
			"a header of its own", `200 {"data":{"refresh_token":"r","token":"t"}}`, `-H 'X-Auth-Token: old'`,
			exchange.Spot{Body: "data.token"},
			map[string]string{"X-Auth-Token": "{token}"},
			0,
		},
		{
			"no header was copied", `200 {"jwt":"t"}`, ``,
			exchange.Spot{Body: "jwt"},
			map[string]string{"Authorization": "Bearer {token}"},
			0,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d, c := contractOf(t, guess.Examples{
				Operations: []*shown.Call{line(t, pay+tt.header, "")},
				Logins:     []*shown.Call{line(t, login, tt.answer)},
			})
			require.Equal(t, map[string]exchange.Spot{"token": tt.want}, c.Session.Capture, d.String())
			require.Equal(t, tt.headers, c.Session.Headers)
			require.Equal(t, map[string]any{"user": "me", "password": "${LOGIN_PASSWORD}"}, c.Session.Login[0].Body)
			require.Equal(t, []int{401}, c.Session.RenewOn)
			require.NotContains(t, d.String(), "s3cret")
			require.NotContains(t, c.Target.Headers, "Authorization")
			require.Equal(t, 2+tt.todos, d.Todos(), "where effects are listed, and in which field: %s", d)
		})
	}

	_, c := contractOf(t, guess.Examples{
		Operations: []*shown.Call{line(t, pay+`-b sid=old -H 'X-CSRF-Token: old'`, "")},
		Logins: []*shown.Call{answered(t, `curl 127.0.0.1/login -d 'user=me&password=s3cret'`,
			`200 <meta name="csrf-token" content="new">`, "Set-Cookie", "sid=new")},
	})
	require.True(t, c.Session.Cookies)
	require.Equal(t, map[string]exchange.Spot{"csrf": {HTML: "meta[name=csrf-token]"}}, c.Session.Capture)
	require.Equal(t, map[string]string{"X-CSRF-Token": "{csrf}"}, c.Session.Headers)
	require.Empty(t, c.Target.Headers["Cookie"])
}

// TestWhatIsOldIsRenewed: lines that were copied earlier name a session, a key and a thing that are
// old.
func TestWhatIsOldIsRenewed(t *testing.T) {
	login := line(t, `curl 127.0.0.1/login -d password=x`, `200 {"token":"new"}`)
	form := line(t, `curl '127.0.0.1/w/7/pay?wallet=7&n=7' -b sid=old -H 'Authorization: Bearer old' `+
		`-d 'page=k&_csrf=old&wallet_id=7&n=7'`, "")
	form.Facts = &shown.Facts{Key: "page"}
	page := line(t, `curl 127.0.0.1/new`, `200 <input name="_csrf" value="p&amp;1">`)
	guess.Enter([]*shown.Call{login, page}, []*shown.Call{form})
	require.Equal(t, "Bearer new", form.Header("Authorization"))
	require.Empty(t, form.Header("Cookie"))
	keys.Renew(form, "fresh")
	require.Equal(t, "page=fresh&_csrf=p%261&wallet_id=7&n=7", form.Body)

	guess.Rename(line(t, `curl 127.0.0.1/wallets --json '{"name":"me"}'`, `201 {"data":{"id":"8"}}`),
		[]*shown.Call{form})
	require.Equal(t, "page=fresh&_csrf=p%261&wallet_id=8&n=7", form.Body)
	create := line(t, `curl 127.0.0.1/w --json '{"name":"8","tags":["8"]}'`, "")
	guess.Freshen(create, "new", []*shown.Call{form})
	require.JSONEq(t, `{"name":"new","tags":["8"]}`, create.Body)
	require.Contains(t, form.URL, "/w/new/pay?")
}

// TestDoneLater: what is answered 202 is followed to where the answer leads, or by its name.
func TestDoneLater(t *testing.T) {
	const accepted = `202 {"id":"p1","state":"queued"}`
	led := answered(t, pay, accepted, "Location", "/jobs/1")
	led.Outcome = &shown.Returned{Status: 200, Body: `{"job":{"state":"PAID"}}`}
	require.True(t, guess.Over(led.Outcome))
	require.False(t, guess.Over(&shown.Returned{Status: 200, Body: `{"state":"IN_PROGRESS"}`}))
	d, c := contractOf(t, guess.Examples{Operations: []*shown.Call{led}})
	async := c.Operations["pay"].Async
	require.Equal(t, follow.Address{Header: "Location"}, async.Poll, d.String())
	require.Equal(t, follow.StateValues{Field: "job.state", Values: []any{"PAID"}}, async.Done)
	require.Equal(t, "state", async.Refused.Field)
	require.Equal(t, "current-state", c.Promises.Replay)

	d, c = contractOf(t, guess.Examples{Operations: []*shown.Call{line(t, pay, accepted)}})
	require.Equal(t, follow.Address{Path: "/pay/{identity}"}, c.Operations["pay"].Async.Poll)
	require.Contains(t, d.String(), "TODO: the field and the values that say that it was done")

	_, c = contractOf(t, guess.Examples{Operations: []*shown.Call{line(t, pay, `202 {"id":"p1"}`)}})
	require.Nil(t, c.Operations["pay"].Async)
}

func TestPages(t *testing.T) {
	ledger := func(answer, header, value string) model.Ledger {
		_, c := contractOf(t, guess.Examples{
			Operations: []*shown.Call{line(t, pay, "")},
			Ledgers:    []*shown.Call{answered(t, `curl 127.0.0.1/pays`, answer, header, value)},
		})
		return c.Ledgers["pays"]
	}
	for answer, want := range map[string]string{
		`200 {"data":[{"ref":"x"}],"links":{"next":null}}`:                     "links.next",
		`200 {"data":[{"ref":"x"}],"next_page_url":"/pays?page=2"}`:            "next_page_url",
		`200 {"data":[{"ref":"x"}],"_links":{"next":{"href":"/pays?page=2"}}}`: "_links.next.href",
	} {
		require.Equal(t, &follow.Pages{Next: want}, ledger(answer, "X", "").Pages, answer)
	}
	for _, answer := range []string{
		`200 {"data":[{"ref":"x","next":null}]}`, `200 {"data":[{"ref":"x"}],"next":2}`, `200 [{"ref":"x"}]`,
	} {
		require.Nil(t, ledger(answer, "X", "").Pages, answer)
	}
	require.Equal(t, &follow.Pages{Header: "Link"},
		ledger(`200 [{"ref":"x"}]`, "Link", `</pays?page=2>; rel="next"`).Pages)
}

// TestDecimals: they are drawn with as many digits behind the point as were shown.
func TestDecimals(t *testing.T) {
	d, _ := contractOf(t, guess.Examples{Operations: []*shown.Call{line(t,
		`curl 127.0.0.1/pay --json '{"ref":"x","amount":"12.50","tip":1.5,"fee":"0.00","sum":-1.5}'`, "")}})
	require.Contains(t, d.String(), `amount: {decimal: {min: "0.01", max: "12.50"}}`)
	require.Contains(t, d.String(), `tip: {decimal: {min: "0.1", max: "1.5", as: number}}`)
	require.Contains(t, d.String(), `fee: "0.00"`)
}

// TestWhoIsNotLetIn: what was answered 401 asks for a login, and a login that fails for another
// one.
func TestWhoIsNotLetIn(t *testing.T) {
	refused := line(t, pay, `401 {}`)
	d, _ := contractOf(t, guess.Examples{Operations: []*shown.Call{refused}})
	require.Contains(t, d.Left, "POST /pay was answered 401: if what it sends has expired, show how "+
		"callers log in (--login)")
	d, _ = contractOf(t, guess.Examples{
		Operations: []*shown.Call{refused},
		Logins:     []*shown.Call{line(t, `curl 127.0.0.1/login -d password=x`, `403 {}`)},
	})
	require.Equal(t, []string{"POST /login, a login, was answered 403: correct it, and begin anew"}, d.Left)
}
