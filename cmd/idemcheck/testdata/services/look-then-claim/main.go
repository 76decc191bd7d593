// Withdrawals that take a tenth of a millisecond.
//
// Wrong: a key is looked up before the work and kept after it, so that two copies that come together
// within that time both find it unknown, and both withdraw. Right: looking also claims.
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
	status int
	body   map[string]any
}

type record struct {
	print string
	done  *answer
}

var (
	right       = os.Getenv("RIGHT") == "1"
	mu          sync.Mutex
	accounts    = map[string]int{}
	withdrawals = []map[string]any{}
	keys        = map[string]*record{}
)

type request struct {
	Account, Reference string
	Amount             int
}

// roundTrip is what a store in another process takes to answer.
const roundTrip = 100 * time.Microsecond

// work withdraws.
func work(key string, b request) answer {
	time.Sleep(roundTrip)
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

// claim says what is known about a key; zero when the caller may go to work.
func claim(key, print string) answer {
	mu.Lock()
	defer mu.Unlock()
	r := keys[key]
	switch {
	case r == nil:
		if right {
			keys[key] = &record{print: print}
		}
		return answer{}
	case r.print != print:
		return answer{422, map[string]any{"error": "this key belongs to another withdrawal"}}
	case r.done == nil:
		return answer{409, map[string]any{"error": "the first attempt is still at work"}}
	}
	return *r.done
}

func keep(key, print string, a answer) {
	mu.Lock()
	defer mu.Unlock()
	keys[key] = &record{print, &a}
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
	a := claim(k[0], string(raw))
	if a.status == 0 {
		a = work(k[0], b)
		keep(k[0], string(raw), a)
	}
	send(w, a)
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
	w.WriteHeader(a.status)
	json.NewEncoder(w).Encode(a.body)
}

func main() {
	http.HandleFunc("POST /withdrawals", withdraw)
	http.HandleFunc("GET /withdrawals", func(w http.ResponseWriter, q *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		mine := []map[string]any{}
		for _, item := range withdrawals {
			if item["account"] == q.FormValue("account") {
				mine = append(mine, item)
			}
		}
		send(w, answer{200, map[string]any{"withdrawals": mine}})
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
