// Command shop serves the shop of package effects on 127.0.0.1:8093, or where SHOP says. Its
// database is the file that SHOP_DB names; mails go to SHOP_MAIL. BROKEN=1 plants a bug.
package main

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"net/http"
	"os"
	"time"

	_ "modernc.org/sqlite" // the driver "sqlite"

	effects "github.com/idemcheck/idemcheck/examples/go-effects"
)

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// run serves until it cannot.
func run(ctx context.Context) error {
	db, err := sql.Open("sqlite", "file:"+cmp.Or(os.Getenv("SHOP_DB"), "shop.db")+
		"?_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)")
	if err != nil {
		return fmt.Errorf("opening the database: %w", err)
	}
	db.SetMaxOpenConns(1)
	shop, err := effects.New(ctx, effects.Options{
		DB: db, Mail: os.Getenv("SHOP_MAIL"), Work: 3 * time.Millisecond,
		Late: os.Getenv("BROKEN") == "1",
	})
	if err != nil {
		return err
	}
	server := &http.Server{
		Addr: cmp.Or(os.Getenv("SHOP"), "127.0.0.1:8093"), ReadHeaderTimeout: time.Minute, Handler: shop,
	}
	fmt.Fprintln(os.Stderr, "the shop is on http://"+server.Addr)
	return server.ListenAndServe()
}
