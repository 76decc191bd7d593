package observe

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/internal/stub"
	"github.com/idemcheck/idemcheck/model"
)

// observing is the observer of a case without operations.
func observing(t *testing.T, c *model.Contract, by http.RoundTripper) *EffectReader {
	t.Helper()
	base, err := url.Parse(c.Target.URL)
	require.NoError(t, err)
	return New(&Client{Contract: c, Base: base, Client: NewHTTPClient(by)}, nil)
}

// itemsOf reads a ledger whose answer is given.
func itemsOf(t *testing.T, field, answer string) ([]any, error) {
	t.Helper()
	s := stub.New()
	s.Answer = func(r *http.Request) *stub.Reply {
		if r.URL.Path == "/other" {
			return &stub.Reply{Status: http.StatusOK, Body: answer}
		}
		return nil
	}
	var items []any
	m := BoundMessage{Message: model.Message{Path: "/other"}}
	c := stub.Contract(t)
	c.Ledgers["other"] = model.Ledger{Items: field}
	err := observing(t, c, stub.Direct{Handler: s}).items(t.Context(), m, "other",
		func(item any) error { items = append(items, item); return nil })
	return items, err
}

func TestLedgersInManyForms(t *testing.T) {
	for _, tt := range []struct{ name, field, answer, says string }{
		{"a field", "items", `{"items":[{"id":1}]}`, ""},
		{"the answer itself", "", `[{"id":1}]`, ""},
		{"a field inside", "data.items", `{"data":{"items":[{"id":1}]}}`, ""},
		{"empty", "items", `{"items":[]}`, "empty"},
		{"null", "items", `{"items":null}`, "empty"},
		{"null inside", "data.items", `{"data":{"items":null}}`, "empty"},
		{"null alone", "", `null`, "empty"},
		{"no body", "items", ``, "empty"},
		{"missing", "items", `{"entries":[{"id":1}]}`, `the answer to /other has no field "items" (ledgers.items)`},
		{"missing inside", "data.items", `{"data":{}}`, `the answer to /other has no field "data.items"`},
		{"missing outside", "data.items", `{"items":[]}`, `the answer to /other has no field "data.items"`},
		{"a list where a field was named", "items", `[{"id":1}]`, `the answer to /other has no field "items"`},
		{"a page", "items", `{"items":{"page":1}}`, `the answer to /other has no list at "items" (ledgers.items)`},
		{"text", "items", `{"items":"none"}`, `the answer to /other has no list at "items"`},
		{"not JSON", "items", `<html>`, "the answer is not JSON: invalid character '<'"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			items, err := itemsOf(t, tt.field, tt.answer)
			switch tt.says {
			case "":
				require.NoError(t, err)
				require.Len(t, items, 1)
			case "empty":
				require.NoError(t, err)
				require.Empty(t, items)
			default:
				require.ErrorContains(t, err, tt.says)
			}
		})
	}
}

func TestAnIdentityIsTakenFromTheLastAcknowledgement(t *testing.T) {
	c := stub.Contract(t)
	ok := func(body string) *model.Answer { return &model.Answer{Status: 201, Body: body} }
	op := &model.Operation{ID: "a", Type: "charge"}
	for _, tt := range []struct {
		name   string
		events []model.Event
		want   string
	}{
		{"none", nil, ""},
		{"refused", []model.Event{{
			Kind: model.Return, Operation: "a", Answer: &model.Answer{Status: 402, Body: `{"id":"x"}`},
		}}, ""},
		{"of another", []model.Event{{Kind: model.Return, Operation: "b", Answer: ok(`{"id":"x"}`)}}, ""},
		{"a number", []model.Event{{Kind: model.Return, Operation: "a", Answer: ok(`{"id":7}`)}}, "7"},
		{"lost on the way", []model.Event{
			{Kind: model.Answered, Operation: "a", Answer: ok(`{"id":"x"}`)},
			{Kind: model.Return, Operation: "a", Err: "eof"},
		}, "x"},
		{"the last", []model.Event{
			{Kind: model.Return, Operation: "a", Answer: ok(`{"id":"x"}`)},
			{Kind: model.Return, Operation: "a", Answer: ok(`{"id":"y"}`)},
			{Kind: model.Return, Operation: "a", Answer: ok(``)},
		}, "y"},
	} {
		require.Equal(t, tt.want, Acknowledged(c, op, tt.events), tt.name)
	}
}
