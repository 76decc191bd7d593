package main

import (
	"context"
	"database/sql"
	"fmt"
	"net"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/stretchr/testify/require"

	effects "github.com/idemcheck/idemcheck/examples/go-effects"
	"github.com/idemcheck/idemcheck/internal/sweep"
)

// TestSeedsOfAShopThatListsNothing runs testdata/seeds: its effects are seen in a database, in metrics
// and in mails, each alone.
func TestSeedsOfAShopThatListsNothing(t *testing.T) {
	t.Parallel()
	n := sweep.Of(1, 10)
	folder, err := filepath.Abs(example("go-effects"))
	require.NoError(t, err)
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "seeds"),
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"seeds": func(ts *testscript.TestScript, neg bool, args []string) {
				if neg || len(args) < 3 {
					ts.Fatalf("usage: seeds CODE right|late CONTRACT [ARGUMENT...]")
				}
				for seed := range n {
					end := serveShop(ts, args[1] == "late", args[2] == "mail")
					exits(ts, false, append([]string{
						args[0], "idemcheck", "run", "-f", filepath.Join(folder, args[2]+".yaml"),
						"--target", ts.Getenv("SHOP_URL"), "--seed", fmt.Sprint(seed + 1),
						"--no-progress", "--out", "none",
					}, args[3:]...))
					end()
				}
			},
		},
	})
}

// serveShop serves a shop over an empty database, and says in the environment where all of it is.
func serveShop(ts *testscript.TestScript, late, mails bool) (end func()) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	mail := l.Addr().String()
	ts.Check(l.Close()) // the run listens there
	file := filepath.Join(ts.MkAbs("."), fmt.Sprintf("shop-%d.db", time.Now().UnixNano()))
	db, err := sql.Open("sqlite", "file:"+file+"?_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)")
	ts.Check(err)
	db.SetMaxOpenConns(1)
	o := effects.Options{DB: db, Work: 5 * time.Millisecond, Late: late}
	if mails {
		o.Mail = mail
	}
	shop, err := effects.New(context.Background(), o)
	ts.Check(err)
	server := httptest.NewServer(shop)
	for name, value := range map[string]string{
		"SHOP_URL": server.URL, "SHOP_DB": file, "SHOP_MAIL": mail,
	} {
		ts.Setenv(name, value)
	}
	return func() {
		server.Close()
		_ = db.Close() // nobody reads it any more
	}
}
