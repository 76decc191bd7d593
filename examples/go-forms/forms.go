// Package forms is a guest house whose pages are forms: a login with a cookie, a CSRF token in
// every page, and redirects for answers. A booking is made once for every page that was filled in.
package forms

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// Options say how a house is run.
type Options struct {
	// Password lets guests in.
	Password string
	// Life is how long a session lives.
	Life time.Duration
	// Work is how long a booking takes.
	Work time.Duration
	// Late remembers a page only when its booking is done: two clicks are two bookings.
	Late bool
}

// Booking is a room that somebody has.
type Booking struct {
	ID        string `json:"id"`
	Room      string `json:"room"`
	Nights    string `json:"nights"`
	Reference string `json:"reference"`
}

// House is a guest house. It implements [http.Handler].
type House struct {
	options  Options
	routes   *http.ServeMux
	mu       sync.Mutex
	sessions map[string]session
	rooms    map[string]bool
	bookings []Booking
	// pages holds what became of every page: nil while its booking is being made.
	pages map[string]*answer
}

// session is a guest that is logged in; csrf is in every page that the guest is shown.
type session struct {
	csrf string
	ends time.Time
}

// answer is what a page was answered, and what was filled in.
type answer struct{ filled, location string }

// New opens a house.
func New(o Options) *House {
	h := &House{
		options: o, routes: http.NewServeMux(), sessions: map[string]session{},
		rooms: map[string]bool{}, pages: map[string]*answer{},
	}
	h.routes.HandleFunc("GET /login", h.loginPage)
	h.routes.HandleFunc("POST /login", h.login)
	h.routes.HandleFunc("GET /bookings/new", h.page)
	h.routes.HandleFunc("POST /rooms", h.room)
	h.routes.HandleFunc("POST /bookings", h.book)
	h.routes.HandleFunc("GET /bookings", h.list)
	return h
}

// ServeHTTP implements [http.Handler]: a form that was cut off is none, and all but the login needs
// a session, and the token of a page where something is done.
func (h *House) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		http.Error(w, "half a form", http.StatusBadRequest)
		return
	}
	if r.URL.Path != "/login" {
		of, known := h.guest(r)
		switch {
		case !known:
			http.Error(w, "log in first", http.StatusUnauthorized)
			return
		case r.Method == http.MethodPost && r.PostForm.Get("csrf") != of.csrf:
			http.Error(w, "the page is not ours, or too old", http.StatusUnauthorized)
			return
		}
	}
	h.routes.ServeHTTP(w, r)
}

// guest returns the session of a request.
func (h *House) guest(r *http.Request) (session, bool) {
	sid, err := r.Cookie("sid")
	if err != nil {
		return session{}, false
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	of, known := h.sessions[sid.Value]
	return of, known && time.Now().Before(of.ends)
}

func (h *House) loginPage(w http.ResponseWriter, _ *http.Request) {
	visit := rand.Text()
	http.SetCookie(w, cookie("visit", visit))
	form(w, "/login", visit, `<input name="password" type="password">`)
}

// login lets a guest in whose form came from the page above.
func (h *House) login(w http.ResponseWriter, r *http.Request) {
	visit, err := r.Cookie("visit")
	if err != nil || r.PostForm.Get("csrf") != visit.Value ||
		r.PostForm.Get("password") != h.options.Password {
		http.Error(w, "the password is wrong", http.StatusForbidden)
		return
	}
	sid := rand.Text()
	h.mu.Lock()
	h.sessions[sid] = session{csrf: rand.Text(), ends: time.Now().Add(h.options.Life)}
	h.mu.Unlock()
	http.SetCookie(w, cookie("sid", sid))
	http.Redirect(w, r, "/bookings/new", http.StatusSeeOther)
}

// cookie is one that scripts and other sites cannot use. The house is shown over plain HTTP.
func cookie(name, value string) *http.Cookie {
	return &http.Cookie{ //nolint:gosec // see above
		Name: name, Value: value, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode,
	}
}

func (h *House) page(w http.ResponseWriter, r *http.Request) {
	of, _ := h.guest(r)
	form(w, "/bookings", of.csrf, `<input name="page" type="hidden" value="`+rand.Text()+`">`)
}

func form(w http.ResponseWriter, action, csrf, fields string) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = fmt.Fprintf(w, `<form method="post" action="%s">
<input type="hidden" name="csrf" value="%s">%s<button>OK</button></form>`,
		action, html.EscapeString(csrf), fields)
}

// room adds a room.
func (h *House) room(w http.ResponseWriter, r *http.Request) {
	name := r.PostForm.Get("name")
	h.mu.Lock()
	h.rooms[name] = true
	h.mu.Unlock()
	http.Redirect(w, r, "/rooms/"+url.PathEscape(name), http.StatusSeeOther)
}

// book makes a booking, once for every page.
func (h *House) book(w http.ResponseWriter, r *http.Request) {
	page, room, nights := r.PostForm.Get("page"), r.PostForm.Get("room"), r.PostForm.Get("nights")
	filled := room + " " + nights + " " + r.PostForm.Get("reference")
	h.mu.Lock()
	done, met := h.pages[page]
	missing := page == "" || !h.rooms[room]
	if !missing && !met && !h.options.Late {
		h.pages[page] = nil
	}
	h.mu.Unlock()
	switch {
	case missing:
		http.Error(w, "something is missing in the form", http.StatusBadRequest)
	case met && done == nil:
		http.Error(w, "the booking is being made", http.StatusTooEarly)
	case met && done.filled != filled:
		http.Error(w, "this page was filled in otherwise", http.StatusConflict)
	case met:
		http.Redirect(w, r, done.location, http.StatusSeeOther)
	default:
		<-time.After(h.options.Work)
		made := Booking{rand.Text(), room, nights, r.PostForm.Get("reference")}
		h.mu.Lock()
		h.bookings = append(h.bookings, made)
		h.pages[page] = &answer{filled, "/bookings/" + made.ID}
		h.mu.Unlock()
		http.Redirect(w, r, "/bookings/"+made.ID, http.StatusSeeOther)
	}
}

// list shows the bookings of a room.
func (h *House) list(w http.ResponseWriter, r *http.Request) {
	found := []Booking{}
	h.mu.Lock()
	for _, one := range h.bookings {
		if one.Room == r.Form.Get("room") {
			found = append(found, one)
		}
	}
	h.mu.Unlock()
	text, err := json.Marshal(map[string][]Booking{"bookings": found})
	if err != nil {
		http.Error(w, "the bookings cannot be written", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(text)
}
