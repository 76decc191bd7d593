package bookings

import (
	"encoding/json"
	"net/http"
)

// booked is a booking as it is shown.
type booked struct {
	ID int `json:"id"`
	order
	Key string `json:"key"`
}

// place is a show as it is shown.
type place struct {
	ID   string `json:"id"`
	Left int    `json:"left"`
}

func (s *service) addShow(w http.ResponseWriter, r *http.Request) {
	var p place
	if json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<16)).Decode(&p) != nil || p.ID == "" {
		write(w, problem(http.StatusBadRequest, "this is no show"))
		return
	}
	_, err := s.db.ExecContext(r.Context(), `INSERT INTO shows VALUES (?, ?)`, p.ID, p.Left)
	if err != nil {
		write(w, problem(http.StatusServiceUnavailable, err.Error()))
		return
	}
	write(w, encode(http.StatusCreated, p))
}

func (s *service) show(w http.ResponseWriter, r *http.Request) {
	p := place{ID: r.PathValue("id")}
	err := s.db.QueryRowContext(r.Context(), `SELECT seats_left FROM shows WHERE id = ?`, p.ID).
		Scan(&p.Left)
	found(w, p, err)
}

func (s *service) booking(w http.ResponseWriter, r *http.Request) {
	var b booked
	err := s.db.QueryRowContext(r.Context(), `SELECT id, show, seats, guest, key FROM bookings
		WHERE id = ?`, r.PathValue("id")).Scan(&b.ID, &b.Show, &b.Seats, &b.Guest, &b.Key)
	found(w, b, err)
}

// bookings lists what was booked for a show: where a checker can count.
func (s *service) bookings(w http.ResponseWriter, r *http.Request) {
	all, err := s.list(r)
	found(w, map[string]any{"bookings": all}, err)
}

func (s *service) list(r *http.Request) ([]booked, error) {
	rows, err := s.db.QueryContext(r.Context(), `SELECT id, show, seats, guest, key FROM bookings
		WHERE show = ? ORDER BY id`, r.FormValue("show"))
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // its error is that of rows.Err
	all := []booked{}
	for rows.Next() {
		var b booked
		if err := rows.Scan(&b.ID, &b.Show, &b.Seats, &b.Guest, &b.Key); err != nil {
			return nil, err
		}
		all = append(all, b)
	}
	return all, rows.Err()
}
