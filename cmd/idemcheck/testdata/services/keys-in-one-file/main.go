// Withdrawals whose keys are kept in one file. Here the file is a slice of bytes, and reading or writing
// it takes a fifth of a millisecond.
//
// Wrong: who adds a key reads the whole file, adds its key, and writes the whole file. Of two keys that
// are added together the file keeps one, and the other withdrawal is done again when it is repeated.
// Right: one at a time. Attempts of one key never run together, in both.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"sync"
	"time"
)

type answer struct {
	Status int
	Body   map[string]any
}

type record struct {
	Print string
	Done  answer
}

type request struct {
	Account, Reference string
	Amount             int
}

// access is what reading or writing the file takes.
const access = 200 * time.Microsecond

var (
	right       = os.Getenv("RIGHT") == "1"
	mu          sync.Mutex
	accounts    = map[string]int{}
	withdrawals = []map[string]any{}
	atWork      = map[string]bool{}
	file        = []byte("{}")
	adding      sync.Mutex
)

func read() map[string]record {
	time.Sleep(access)
	mu.Lock()
	defer mu.Unlock()
	keys := map[string]record{}
	if err := json.Unmarshal(file, &keys); err != nil {
		panic(err)
	}
	return keys
}

func write(keys map[string]record) {
	out, err := json.Marshal(keys)
	if err != nil {
		panic(err)
	}
	time.Sleep(access)
	mu.Lock()
	defer mu.Unlock()
	file = out
}

// keep adds a key to the file.
func keep(key string, r record) {
	if right {
		adding.Lock()
		defer adding.Unlock()
	}
	keys := read()
	keys[key] = r
	write(keys)
}

// start reports whether no other attempt of a key is at work; then this one is.
func start(key string) bool {
	mu.Lock()
	defer mu.Unlock()
	if atWork[key] {
		return false
	}
	atWork[key] = true
	return true
}

func end(key string) {
	mu.Lock()
	defer mu.Unlock()
	delete(atWork, key)
}

func once(key, print string, b request) answer {
	if !start(key) {
		return answer{409, map[string]any{"error": "the first attempt is still at work"}}
	}
	defer end(key)
	if r, known := read()[key]; known {
		if r.Print != print {
			return answer{422, map[string]any{"error": "this key belongs to another withdrawal"}}
		}
		return r.Done
	}
	a := work(key, b)
	keep(key, record{print, a})
	return a
}

// work withdraws.
func work(key string, b request) answer {
	mu.Lock()
	defer mu.Unlock()
	balance, ok := accounts[b.Account]
	if !ok {
		return answer{404, map[string]any{"error": "no such account"}}
	}
	if b.Amount < 1 || balance < b.Amount {
		return answer{402, map[string]any{"error": "not enough money"}}
	}
	accounts[b.Account] -= b.Amount
	w := map[string]any{"id": fmt.Sprint("wd_", len(withdrawals)), "account": b.Account, "amount": b.Amount,
		"reference": b.Reference, "key": key}
	withdrawals = append(withdrawals, w)
	return answer{201, w}
}

func withdraw(w http.ResponseWriter, q *http.Request) {
	raw, err := io.ReadAll(q.Body)
	if err != nil {
		return
	}
	var b request
	k := q.Header.Values("Idempotency-Key")
	if len(k) != 1 || !wellFormed(k[0]) || json.Unmarshal(raw, &b) != nil {
		send(w, answer{400, map[string]any{"error": "key or body is malformed"}})
		return
	}
	send(w, once(k[0], string(raw), b))
}

func wellFormed(k string) bool {
	for _, c := range k {
		if c < '!' || c > '~' || c == '"' || c == '\\' || c == ',' || c == ';' {
			return false
		}
	}
	return len(k) > 0 && len(k) <= 255
}

func send(w http.ResponseWriter, a answer) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(a.Status)
	json.NewEncoder(w).Encode(a.Body)
}

func list(account string) []map[string]any {
	mu.Lock()
	defer mu.Unlock()
	mine := []map[string]any{}
	for _, item := range withdrawals {
		if item["account"] == account {
			mine = append(mine, item)
		}
	}
	return mine
}

func main() {
	http.HandleFunc("POST /withdrawals", withdraw)
	http.HandleFunc("GET /withdrawals", func(w http.ResponseWriter, q *http.Request) {
		send(w, answer{200, map[string]any{"withdrawals": list(q.FormValue("account"))}})
	})
	http.HandleFunc("POST /accounts", func(w http.ResponseWriter, q *http.Request) {
		var b struct{ ID string }
		json.NewDecoder(q.Body).Decode(&b)
		mu.Lock()
		defer mu.Unlock()
		accounts[b.ID] = 500
		send(w, answer{201, map[string]any{"id": b.ID}})
	})
	http.HandleFunc("GET /accounts/{id}", func(w http.ResponseWriter, q *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		send(w, answer{200, map[string]any{"id": q.PathValue("id"), "balance": accounts[q.PathValue("id")]}})
	})
	http.ListenAndServe("127.0.0.1:"+os.Getenv("PORT"), nil)
}
