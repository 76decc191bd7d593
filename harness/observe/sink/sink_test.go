package sink

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/smtp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/model/source"
	"github.com/idemcheck/idemcheck/model/value"
)

// opened opens a sink for the length of a test.
func opened(t *testing.T, s source.Sink) *Host {
	t.Helper()
	h, err := Open(t.Context(), "psp", s)
	require.NoError(t, err)
	t.Cleanup(func() { _ = h.Close() }) // some tests close it themselves
	return h
}

// items are those of a sink that a place names, for the resource "a1".
func items(t *testing.T, h *Host, r source.Received) (out []any, err error) {
	t.Helper()
	reader, err := h.Items(r)
	require.NoError(t, err)
	err = reader.Items(t.Context(), map[string]any{"id": "a1"}, func(item any) error {
		out = append(out, item)
		return nil
	})
	return out, err
}

// post sends a request and returns what is answered.
func post(t *testing.T, h *Host, path, typ, key, body string) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+h.Addr()+path,
		strings.NewReader(body))
	require.NoError(t, err)
	r.Header.Set("Content-Type", typ)
	if key != "" {
		r.Header.Set("Idempotency-Key", key)
	}
	resp, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	said, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	return fmt.Sprint(resp.StatusCode, " ", string(said))
}

const asJSON = "application/json"

func TestRequestsAreItems(t *testing.T) {
	h := opened(t, source.Sink{Listen: "127.0.0.1:0"})
	require.Equal(t, "200 {}", post(t, h, "/charges?v=2", asJSON, "k", `{"account": "a1", "n": 7}`))
	post(t, h, "/refunds", "application/x-www-form-urlencoded", "", "account=a1&note=ref+x-1")
	post(t, h, "/notes", "text/plain", "", "ref x-2")
	all, err := items(t, h, source.Received{Find: map[string]string{"mark": `ref.([a-z0-9-]+)`}})
	require.NoError(t, err)
	require.Len(t, all, 3)
	for field, want := range map[string]string{
		"0.method": "POST", "0.path": "/charges", "0.query.v": "2", "0.key": "k", "0.body.account": "a1",
		"0.body.n": "7", "0.header.content-type": asJSON, "0.status": "200", "0.mark": "",
		"1.key": "", "1.body.note": "ref x-1", "1.mark": "x-1", "2.body": "", "2.text": "ref x-2",
		"2.mark": "x-2",
	} {
		require.Equal(t, want, text(value.Lookup(all, field)), field)
	}
	for n, where := range []map[string]string{
		{"path": "/nowhere"}, {"path": "/charges", "body.account": "{id}"}, {"body.account": "{id}"},
	} {
		some, err := items(t, h, source.Received{Where: where})
		require.NoError(t, err)
		require.Len(t, some, n, where)
	}
}

func TestAnswersFollowTheScript(t *testing.T) {
	h := opened(t, source.Sink{Listen: "127.0.0.1:0", Answers: []source.ScriptedAnswer{
		{Status: 503}, {Status: 201, Body: map[string]any{"id": "ch_{n}"}},
	}})
	for _, want := range []string{"503 ", `201 {"id":"ch_2"}`, `201 {"id":"ch_3"}`} {
		require.Equal(t, want, post(t, h, "/", asJSON, "same", "{}"))
	}
	all, err := items(t, h, source.Received{Where: map[string]string{"status": "201"}})
	require.NoError(t, err)
	require.Len(t, all, 2)
}

// TestARequestThatIsSentAgainIsOneItem where the sink is told by what it recognises it.
func TestARequestThatIsSentAgainIsOneItem(t *testing.T) {
	h := opened(t, source.Sink{
		Listen: "127.0.0.1:0", OncePer: "key", Answers: []source.ScriptedAnswer{
			{Status: 503}, {Status: 201, Body: map[string]any{"id": "ch_{n}"}},
		},
	})
	for _, tt := range [][2]string{
		{"a", "503 "},
		{"a", `201 {"id":"ch_1"}`},
		{"b", `201 {"id":"ch_2"}`},
		{"a", `201 {"id":"ch_1"}`},
		{"", `201 {"id":"ch_3"}`},
		{"", `201 {"id":"ch_4"}`},
	} {
		require.Equal(t, tt[1], post(t, h, "/", asJSON, tt[0], "{}"))
	}
	all, err := items(t, h, source.Received{Where: map[string]string{"status": "201"}})
	require.NoError(t, err)
	require.Len(t, all, 4)
}

// TestAPartIsNoLedger: what is not kept makes the whole sink unreadable, and so does its end.
func TestAPartIsNoLedger(t *testing.T) {
	h := opened(t, source.Sink{Listen: "127.0.0.1:0"})
	require.Contains(t, post(t, h, "/", asJSON, "", strings.Repeat("x", maxBody+1)), "413 ")
	_, err := items(t, h, source.Received{})
	require.EqualError(t, err, "reading the sink psp: "+errTooLong.Error())

	full := &inbox{known: map[string]*filed{}}
	full.file(map[string]any{}, maxKept)
	full.file(map[string]any{}, 1)
	_, err = full.all()
	require.ErrorContains(t, err, "more than 100000 items or 64 MiB")

	ended := opened(t, source.Sink{Listen: "127.0.0.1:0"})
	require.NoError(t, ended.Close())
	_, err = items(t, ended, source.Received{})
	require.EqualError(t, err, "reading the sink psp: it is closed")
}

func TestMailsAreItems(t *testing.T) {
	h := opened(t, source.Sink{SMTP: "127.0.0.1:0"})
	send := func(mail string) {
		auth := smtp.PlainAuth("", "shop", "any password", "127.0.0.1")
		require.NoError(t, smtp.SendMail(h.Addr(), auth, "shop@a.test", []string{"x@a.test", "y@a.test"},
			[]byte(strings.ReplaceAll(mail, "\n", "\r\n"))))
	}
	send("Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?= ref s-1\nX-Order: 7\n\nHello\n")
	send("Subject: Two parts\nContent-Type: multipart/mixed; boundary=b\n\n--b\n" +
		"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n" +
		"your ref =\nq-2\n--b\nContent-Type: text/html\nContent-Transfer-Encoding: base64\n\n" +
		"PGI+YmFzZTwvYj4=\n--b\nContent-Disposition: attachment; filename=a.txt\n\nref hidden\n--b--\n")
	send("no mail at all")
	all, err := items(t, h, source.Received{Find: map[string]string{"mark": `ref ([a-z0-9-]+)`}})
	require.NoError(t, err)
	require.Len(t, all, 3, "a mail is one item, whoever receives it")
	for field, want := range map[string]string{
		"0.from": "shop@a.test", "0.to.0": "x@a.test", "0.to.1": "y@a.test", "0.subject": "Grüße ref s-1",
		"0.header.x-order": "7", "0.mark": "s-1", "0.text": "Hello\r\n", "1.mark": "q-2",
		"1.text": "your ref q-2\n<b>base</b>", "2.mark": "", "2.subject": "",
	} {
		require.Equal(t, want, text(value.Lookup(all, field)), field)
	}
}

func TestAnAddressThatSomebodyHas(t *testing.T) {
	h := opened(t, source.Sink{Listen: "127.0.0.1:0"})
	_, err := Open(context.Background(), "mail", source.Sink{SMTP: h.Addr()})
	require.ErrorContains(t, err, "opening the sink mail at "+h.Addr())
	_, err = h.Items(source.Received{Find: map[string]string{"mark": "("}})
	require.ErrorContains(t, err, "reading find.mark of the sink psp")
}

// TestASinkThatIsClosedAtOnceIsClosed, whether or not its server had begun to listen.
func TestASinkThatIsClosedAtOnceIsClosed(t *testing.T) {
	for _, s := range []source.Sink{{Listen: "127.0.0.1:0"}, {SMTP: "127.0.0.1:0"}} {
		for range 50 {
			h, err := Open(t.Context(), "s", s)
			require.NoError(t, err)
			require.NoError(t, h.Close())
		}
	}
}
