// Package har reads what a browser recorded (HTTP Archive 1.2, as "Save all as HAR" writes it).
package har

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/idemcheck/idemcheck/harness/contract/shown"
)

// file is the part of a recording that matters here.
type file struct {
	Log *struct {
		Entries []entry `json:"entries"`
	} `json:"log"`
}

type entry struct {
	Request struct {
		Method   string `json:"method"`
		URL      string `json:"url"`
		Headers  []pair `json:"headers"`
		PostData *struct {
			MimeType string `json:"mimeType"`
			Text     string `json:"text"`
			Params   []pair `json:"params"`
		} `json:"postData"`
	} `json:"request"`
	Response struct {
		Status  int    `json:"status"`
		Headers []pair `json:"headers"`
		Content struct {
			Text     string `json:"text"`
			Encoding string `json:"encoding"`
		} `json:"content"`
	} `json:"response"`
}

type pair struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Read reads a recording. What is wrong with it is an error that says what to do.
func Read(data []byte) ([]*shown.Call, error) {
	var f file
	if err := json.Unmarshal(data, &f); err != nil {
		return nil, fmt.Errorf("this is no recording of a browser (HAR): %w\n"+
			"  next: save it anew, with \"Save all as HAR\" in the network tab", err)
	}
	if f.Log == nil {
		return nil, errors.New("this is no recording of a browser (HAR): it has no log\n" +
			"  next: save it anew, with \"Save all as HAR\" in the network tab")
	}
	var out []*shown.Call
	for _, e := range f.Log.Entries {
		u, err := url.Parse(e.Request.URL)
		if err == nil && u.Host != "" && (u.Scheme == "http" || u.Scheme == "https") {
			out = append(out, e.exchange())
		}
	}
	if len(out) == 0 {
		return nil, errors.New("the recording has no requests\n" +
			"  next: reload the page with the network tab open, do what is to be checked, and save it")
	}
	return out, nil
}

func (e *entry) exchange() *shown.Call {
	out := &shown.Call{Method: strings.ToUpper(e.Request.Method), URL: e.Request.URL}
	for _, h := range e.Request.Headers {
		out.Headers = append(out.Headers, shown.Pair{Name: h.Name, Value: h.Value})
	}
	e.body(out)
	if e.Response.Status > 0 {
		out.Reply = &shown.Returned{Status: e.Response.Status, Body: e.answer(), Head: e.head()}
	}
	return out
}

// head are the headers of the answer; nil when it has none. Where a header came several times,
// browsers may write one with several lines.
func (e *entry) head() http.Header {
	var out http.Header
	for _, h := range e.Response.Headers {
		for line := range strings.SplitSeq(h.Value, "\n") {
			if out == nil {
				out = http.Header{}
			}
			out.Add(h.Name, line)
		}
	}
	return out
}

// body takes over what was sent: the text, or the fields of a form where a browser has only these.
func (e *entry) body(out *shown.Call) {
	data := e.Request.PostData
	if data == nil {
		return
	}
	if out.Header("Content-Type") == "" && data.MimeType != "" {
		out.Set("Content-Type", data.MimeType)
	}
	switch {
	case strings.HasPrefix(data.MimeType, "multipart/"):
		for _, p := range data.Params {
			out.Parts = append(out.Parts, shown.Pair{Name: p.Name, Value: p.Value})
		}
	case data.Text != "":
		out.Body = data.Text
	default:
		var fields []string
		for _, p := range data.Params {
			fields = append(fields, p.Name+"="+p.Value) // as they were sent, encoded
		}
		out.Body = strings.Join(fields, "&")
	}
}

// answer is the body of the answer as text.
func (e *entry) answer() string {
	content := e.Response.Content
	if content.Encoding != "base64" {
		return content.Text
	}
	text, err := base64.StdEncoding.DecodeString(content.Text)
	if err != nil {
		return ""
	}
	return string(text)
}
