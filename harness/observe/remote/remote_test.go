package remote

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/observe/elsewhere"
	"github.com/idemcheck/idemcheck/model/source"
	"github.com/idemcheck/idemcheck/model/value"
)

// answers is a transport that answers all alike, and keeps what was asked.
type answers struct {
	status int
	body   io.Reader
	asked  *http.Request
}

// RoundTrip implements http.RoundTripper.
func (a *answers) RoundTrip(r *http.Request) (*http.Response, error) {
	a.asked = r
	return &http.Response{StatusCode: a.status, Body: io.NopCloser(a.body), Request: r}, nil
}

// itemsOf reads a place once for the resource "a/1".
func itemsOf(t *testing.T, r elsewhere.ItemReader) (out []any, err error) {
	t.Helper()
	err = r.Items(t.Context(), map[string]any{"id": "a/1"}, func(item any) error {
		out = append(out, item)
		return nil
	})
	return out, err
}

const exposed = `# HELP charges_total Charges.
# TYPE charges_total counter
charges_total{account="a/1",currency="EUR"} 2
charges_total{account="a/2",currency="EUR"} 7 1700000000000
# TYPE took histogram
took_bucket{le="1"} 1
took_bucket{le="+Inf"} 3
took_sum 4.5
took_count 3
loose 12
# TYPE odd gauge
odd NaN
`

func TestSamplesAreItems(t *testing.T) {
	of := map[string]string{"account": "{id}"}
	for name, tt := range map[string]struct {
		name, body string
		labels     map[string]string
		want       []any
		says       string
	}{
		"with a label": {"charges_total", exposed, of, []any{
			map[string]any{"account": "a/1", "currency": "EUR", "value": 2.0},
		}, ""},
		"of another name":       {"charges", exposed, of, nil, ""},
		"without type":          {"loose", exposed, nil, []any{map[string]any{"value": 12.0}}, ""},
		"of a histogram":        {"took_count", exposed, nil, []any{map[string]any{"value": 3.0}}, ""},
		"no number":             {"odd", exposed, nil, nil, "a sample of odd is no number: NaN"},
		"nothing at all":        {"loose", "", nil, nil, ""},
		"a page":                {"loose", "<html>", nil, nil, "not the text format of Prometheus"},
		"cut in the midst":      {"loose", `loose{account="a`, nil, nil, "not the text format of Prometheus"},
		"a label without value": {"loose", exposed, map[string]string{"a": "{no}"}, nil, "there is no value"},
	} {
		t.Run(name, func(t *testing.T) {
			via := &answers{status: 200, body: strings.NewReader(tt.body)}
			got, err := itemsOf(t, Metrics(source.Metrics{
				URL: "http://m.test/metrics", Name: tt.name, Labels: tt.labels,
			}, via))
			if tt.says != "" {
				require.ErrorContains(t, err, tt.says)
				return
			}
			require.NoError(t, err)
			require.Equal(t, tt.want, got)
		})
	}
}

func TestTooManyMetricsAreNone(t *testing.T) {
	via := &answers{status: 200, body: io.LimitReader(comment{}, maxMetrics+1)}
	_, err := itemsOf(t, Metrics(source.Metrics{URL: "http://m.test/", Name: "n"}, via))
	require.ErrorContains(t, err, "longer than 32 MiB")
}

// comment is an endless text of short comments.
type comment struct{}

// Read implements io.Reader.
func (comment) Read(p []byte) (int, error) {
	return copy(p, strings.Repeat("# c\n", len(p)/4+1)), nil
}

func TestListsOfAnotherHost(t *testing.T) {
	for name, tt := range map[string]struct {
		status int
		body   string
		keys   []string
		says   string
	}{
		"a list":         {200, `{"hits": {"hits": [{"key": "k"}, {"key": "l"}]}}`, []string{"k", "l"}, ""},
		"no field":       {200, `{"hits": {}}`, nil, `no field "hits.hits"`},
		"no list":        {200, `{"hits": {"hits": 7}}`, nil, `no list at "hits.hits"`},
		"a redirect":     {302, "", nil, "answered 302"},
		"a refusal":      {403, "who are you?", nil, "GET http://s.test/a%2F1?q=a%2F1 answered 403: who are you?"},
		"half an answer": {200, `{"hits": {"hits": [{"key": "k"},`, nil, "unexpected EOF"},
	} {
		t.Run(name, func(t *testing.T) {
			via := &answers{status: tt.status, body: strings.NewReader(tt.body)}
			got, err := itemsOf(t, Items(source.Remote{
				URL: "http://s.test/{id}?q={id}", Items: "hits.hits",
				Headers: map[string]string{"Authorization": "ApiKey k"},
			}, via))
			require.Equal(t, "http://s.test/a%2F1?q=a%2F1", via.asked.URL.String())
			require.Equal(t, "ApiKey k", via.asked.Header.Get("Authorization"))
			if tt.says != "" {
				require.ErrorContains(t, err, tt.says)
				return
			}
			require.NoError(t, err)
			for i, key := range tt.keys {
				require.Equal(t, key, value.Lookup(got[i], "key"))
			}
		})
	}
}

// silent is a transport that never answers.
type silent struct{}

// RoundTrip implements http.RoundTripper.
func (silent) RoundTrip(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

// TestSilenceEnds with the time that the contract gives, or with what is taken without it.
func TestSilenceEnds(t *testing.T) {
	for given, want := range map[time.Duration]time.Duration{0: defaultTimeout, time.Second: time.Second} {
		synctest.Test(t, func(t *testing.T) {
			begun := time.Now()
			_, err := itemsOf(t, Items(source.Remote{
				URL: "http://s.test", Timeout: value.Duration(given),
			}, silent{}))
			require.ErrorIs(t, err, context.DeadlineExceeded)
			require.ErrorContains(t, err, "no whole answer within "+want.String())
			require.Equal(t, want, time.Since(begun))
		})
	}
}
