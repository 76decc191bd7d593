package middleware

import (
	"encoding/json"
	"net/http"
	"sync"
	"time"
)

// printing is how long it takes to make a card.
const printing = 5 * time.Millisecond

// Shop issues gift cards out of campaigns with a budget. It knows nothing about idempotency keys:
// left alone, it issues a card for every POST that it gets. Everything belongs to whose
// Authorization it came with.
type Shop struct {
	mu sync.Mutex
	// budgets, by owner and campaign, and cards are protected by mu.
	budgets map[[2]string]int
	cards   []card
}

type campaign struct {
	ID     string `json:"id"`
	Budget int    `json:"budget"`
}

type card struct {
	Number   int    `json:"number"`
	Campaign string `json:"campaign"`
	Amount   int    `json:"amount"`
	Memo     string `json:"memo"`
	owner    string
}

// NewShop returns a shop without campaigns.
func NewShop() *Shop { return &Shop{budgets: map[[2]string]int{}} }

// Handler returns the shop's pages.
func (s *Shop) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /campaigns", s.begin)
	mux.HandleFunc("GET /campaigns/{id}", s.campaign)
	mux.HandleFunc("POST /cards", s.issue)
	mux.HandleFunc("GET /cards", s.list)
	return mux
}

func (s *Shop) issue(w http.ResponseWriter, r *http.Request) {
	var c card
	if json.NewDecoder(r.Body).Decode(&c) != nil || c.Amount < 1 {
		http.Error(w, "this is no card", http.StatusBadRequest)
		return
	}
	c.owner = owner(r)
	time.Sleep(printing)
	status := s.take(&c)
	if status != http.StatusCreated {
		http.Error(w, "the campaign cannot pay for this", status)
		return
	}
	answer(w, status, c)
}

// take takes a card's amount out of its campaign's budget.
func (s *Shop) take(c *card) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	of := [2]string{c.owner, c.Campaign}
	budget, ok := s.budgets[of]
	switch {
	case !ok:
		return http.StatusNotFound
	case budget < c.Amount:
		return http.StatusPaymentRequired
	}
	s.budgets[of] -= c.Amount
	c.Number = len(s.cards) + 1
	s.cards = append(s.cards, *c)
	return http.StatusCreated
}

func (s *Shop) begin(w http.ResponseWriter, r *http.Request) {
	var c campaign
	if json.NewDecoder(r.Body).Decode(&c) != nil || c.ID == "" {
		http.Error(w, "this is no campaign", http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.budgets[[2]string{owner(r), c.ID}] = c.Budget
	answer(w, http.StatusCreated, c)
}

func (s *Shop) campaign(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	budget, ok := s.budgets[[2]string{owner(r), r.PathValue("id")}]
	if !ok {
		http.Error(w, "there is no such campaign", http.StatusNotFound)
		return
	}
	answer(w, http.StatusOK, campaign{r.PathValue("id"), budget})
}

func (s *Shop) list(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	cards := []card{}
	for _, c := range s.cards {
		if c.owner == owner(r) && c.Campaign == r.FormValue("campaign") {
			cards = append(cards, c)
		}
	}
	answer(w, http.StatusOK, map[string]any{"cards": cards})
}

func owner(r *http.Request) string { return r.Header.Get("Authorization") }

func answer(w http.ResponseWriter, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		http.Error(w, "the answer cannot be written", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(append(body, '\n')) // a client that has left will ask again
}
