package reference

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// answer is what goes back to the client.
type answer struct {
	status      int
	contentType string
	location    string // where what was made can be read, if it can
	body        []byte
	decided     bool          // the operation ran to its decision just now, and this is it
	replayed    bool          // the answer was stored earlier and is marked so
	retry       bool          // worth trying again after wait
	wait        time.Duration // whole seconds; zero means at once
	allow       string
}

func created(result any) answer {
	a := answer{
		status: http.StatusCreated, contentType: "application/json", body: encode(result),
		decided: true,
	}
	if readable, ok := result.(interface{ location() string }); ok {
		a.location = readable.location()
	}
	return a
}

func shown(result any) answer {
	return answer{status: http.StatusOK, contentType: "application/json", body: encode(result)}
}

// again marks an answer as transient.
func (a answer) again() answer {
	a.retry = true
	return a
}

func (a answer) write(w http.ResponseWriter) {
	header := w.Header()
	header.Set("Content-Type", a.contentType)
	header.Set("Content-Length", strconv.Itoa(len(a.body)))
	header.Set("Cache-Control", "no-store")
	if a.location != "" {
		header.Set("Location", a.location)
	}
	if a.replayed {
		header.Set("Idempotent-Replayed", "true")
	}
	if a.retry {
		header.Set("Retry-After", strconv.Itoa(int(a.wait/time.Second)))
	}
	if a.allow != "" {
		header.Set("Allow", a.allow)
	}
	if a.status == http.StatusUnauthorized {
		header.Set("WWW-Authenticate", "Bearer")
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body) // a client that has gone asks again, and gets the stored answer
}

// encode turns one of this package's own plain structs into a line of JSON.
func encode(value any) []byte {
	data, err := json.Marshal(value)
	if err != nil {
		panic(fmt.Sprintf("a struct of this package is not JSON: %v", err))
	}
	return append(data, '\n')
}
