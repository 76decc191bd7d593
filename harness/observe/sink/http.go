package sink

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"log"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/idemcheck/idemcheck/harness/contract/template"
	"github.com/idemcheck/idemcheck/model/source"
)

// patience bounds the head of a request, so that who connects and says nothing is not waited for.
const patience = 30 * time.Second

// httpServer takes requests.
func httpServer(b *inbox) *http.Server {
	return &http.Server{
		Handler: http.HandlerFunc(b.take), ReadHeaderTimeout: patience, MaxHeaderBytes: maxBody,
		ErrorLog: log.New(io.Discard, "", 0),
	}
}

// take keeps a request that came whole, and answers it.
func (b *inbox) take(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if _, long := errors.AsType[*http.MaxBytesError](err); long {
		b.fail(errTooLong)
		http.Error(w, errTooLong.Error(), http.StatusRequestEntityTooLarge)
		return
	}
	if err != nil {
		return // what broke off was never asked for
	}
	item, size := requestItem(r, body)
	n, answer := b.file(item, size+len(body))
	wait := time.NewTimer(answer.Delay.Std())
	defer wait.Stop()
	select {
	case <-wait.C:
		give(w, n, answer)
	case <-r.Context().Done():
	}
}

// give answers a request that has a number.
func give(w http.ResponseWriter, n int, a source.ScriptedAnswer) {
	body, typ, err := template.Body(a.Body, template.Vars{"n": int64(n)})
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	if typ != "" {
		w.Header().Set("Content-Type", typ)
	}
	for name, value := range a.Headers {
		w.Header().Set(name, value)
	}
	w.WriteHeader(a.Status)
	_, _ = w.Write(body) // who has gone asks again
}

// requestItem is a request as ledgers have it, and how many bytes its head has.
func requestItem(r *http.Request, body []byte) (item map[string]any, size int) {
	header, query := map[string]any{}, map[string]any{}
	for name, values := range r.Header {
		header[strings.ToLower(name)] = values[0]
		size += len(name) + len(values[0])
	}
	for name, values := range r.URL.Query() {
		query[name] = values[0]
	}
	item = map[string]any{
		"method": r.Method, "path": r.URL.Path, "query": query, "header": header,
		"text": strings.ToValidUTF8(string(body), "\uFFFD"),
	}
	if key := r.Header.Get("Idempotency-Key"); key != "" {
		item["key"] = key
	}
	if decoded := bodyOf(r.Header.Get("Content-Type"), body); decoded != nil {
		item["body"] = decoded
	}
	return item, size + len(r.RequestURI)
}

// bodyOf decodes a form or JSON; nil where it is neither.
func bodyOf(typ string, body []byte) any {
	if media, _, err := mime.ParseMediaType(typ); err == nil &&
		media == "application/x-www-form-urlencoded" {
		fields, err := url.ParseQuery(string(body))
		if err != nil {
			return nil
		}
		out := map[string]any{}
		for name, values := range fields {
			out[name] = values[0]
		}
		return out
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	var out any
	if err := dec.Decode(&out); err != nil || dec.More() {
		return nil
	}
	return out
}
