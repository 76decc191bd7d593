package har_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/contract/har"
	"github.com/idemcheck/idemcheck/harness/contract/shown"
)

func TestRead(t *testing.T) {
	got, err := har.Read([]byte(`{"log":{"version":"1.2","creator":{"name":"x"},"entries":[
		{"request":{"method":"post","url":"http://127.0.0.1/a","headers":[{"name":"X-A","value":"b"}],
			"postData":{"mimeType":"application/json","text":"{}"}},
		 "response":{"status":201,
			"headers":[{"name":"location","value":"/a/1"},{"name":"Set-Cookie","value":"s=1\nt=2"}],
			"content":{"text":"eyJpZCI6MX0=","encoding":"base64"}}},
		{"request":{"method":"POST","url":"https://h/f","postData":{
			"mimeType":"application/x-www-form-urlencoded",
			"params":[{"name":"a","value":"1"},{"name":"b","value":"x+y"}]}},
		 "response":{"status":0}},
		{"request":{"method":"POST","url":"https://h/m","postData":{
			"mimeType":"multipart/form-data; boundary=x","params":[{"name":"a","value":"1"}]}},
		 "response":{"status":200,"content":{"text":"!","encoding":"base64"}}},
		{"request":{"method":"GET","url":"data:image/png;base64,AA"}},
		{"request":{"method":"GET","url":"::"}}
	]}}`))
	require.NoError(t, err)
	form := []shown.Pair{{Name: "Content-Type", Value: "application/x-www-form-urlencoded"}}
	require.Equal(t, []*shown.Call{
		{
			Method: "POST", URL: "http://127.0.0.1/a", Body: "{}",
			Headers: []shown.Pair{{Name: "X-A", Value: "b"}, {Name: "Content-Type", Value: "application/json"}},
			Reply: &shown.Returned{Status: 201, Body: `{"id":1}`, Head: http.Header{
				"Location": {"/a/1"}, "Set-Cookie": {"s=1", "t=2"},
			}},
		},
		{Method: "POST", URL: "https://h/f", Body: "a=1&b=x+y", Headers: form},
		{
			Method: "POST", URL: "https://h/m", Parts: []shown.Pair{{Name: "a", Value: "1"}},
			Headers: []shown.Pair{{Name: "Content-Type", Value: "multipart/form-data; boundary=x"}},
			Reply:   &shown.Returned{Status: 200},
		},
	}, got)
}

func TestRecordingsThatAreNone(t *testing.T) {
	for text, want := range map[string]string{
		"":                         "no recording",
		`{"logs":1}`:               "it has no log",
		`{"log":{"entries":{}}}`:   "no recording",
		`{"log":{"entries":[{}]}}`: "no requests",
	} {
		_, err := har.Read([]byte(text))
		require.ErrorContains(t, err, want, text)
		require.ErrorContains(t, err, "\n  next: ", text)
	}
}

// FuzzRead: whatever a recording is, reading it ends with requests or an error.
func FuzzRead(f *testing.F) {
	f.Add([]byte(`{"log":{"entries":[{"request":{"method":"GET","url":"http://h/a","headers":[{}],` +
		`"postData":{"params":[{}]}},"response":{"status":200,"content":{"encoding":"base64"}}}]}}`))
	f.Add([]byte(`{"log":{"entries":[null]}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		all, err := har.Read(data)
		if err == nil && len(all) == 0 {
			t.Error("neither requests nor an error")
		}
	})
}
