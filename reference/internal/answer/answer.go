// Package answer makes what the payment service sends back: results, and problems as RFC 9457 wants
// them.
package answer

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// Response is the answer that goes back to the client.
type Response struct {
	Status      int
	ContentType string
	Location    string // where what was made can be read, if it can
	Body        []byte
	Decided     bool          // the operation ran to its decision just now, and this is it
	Replayed    bool          // the answer was stored earlier and is marked so
	Retry       bool          // worth trying again after wait
	Wait        time.Duration // whole seconds; zero means at once
	Allow       string        // the methods that the path takes, when it does not take this one
}

// Created is the answer of an operation that was decided and made something.
func Created(result any) Response {
	a := Response{
		Status: http.StatusCreated, ContentType: "application/json", Body: Encode(result),
		Decided: true,
	}
	if readable, ok := result.(interface{ Location() string }); ok {
		a.Location = readable.Location()
	}
	return a
}

// Shown is the answer of a read.
func Shown(result any) Response {
	return Response{Status: http.StatusOK, ContentType: "application/json", Body: Encode(result)}
}

// Again marks an answer as transient.
func (a Response) Again() Response {
	a.Retry = true
	return a
}

// Write sends the answer.
func (a Response) Write(w http.ResponseWriter) {
	header := w.Header()
	header.Set("Content-Type", a.ContentType)
	header.Set("Content-Length", strconv.Itoa(len(a.Body)))
	header.Set("Cache-Control", "no-store")
	if a.Location != "" {
		header.Set("Location", a.Location)
	}
	if a.Replayed {
		header.Set("Idempotent-Replayed", "true")
	}
	if a.Retry {
		header.Set("Retry-After", strconv.Itoa(int(a.Wait/time.Second)))
	}
	if a.Allow != "" {
		header.Set("Allow", a.Allow)
	}
	if a.Status == http.StatusUnauthorized {
		header.Set("WWW-Authenticate", "Bearer")
	}
	w.WriteHeader(a.Status)
	_, _ = w.Write(a.Body) // a client that has gone asks again, and gets the stored answer
}

// Encode turns one of this package's own plain structs into a line of JSON.
func Encode(value any) []byte {
	data, err := json.Marshal(value)
	if err != nil {
		panic(fmt.Sprintf("a struct of this package is not JSON: %v", err))
	}
	return append(data, '\n')
}
