// Command house serves the guest house of package forms on 127.0.0.1:8092, or where HOUSE says:
// BROKEN=1 plants a bug.
package main

import (
	"cmp"
	"fmt"
	"net/http"
	"os"
	"time"

	forms "github.com/idemcheck/idemcheck/examples/go-forms"
)

func main() {
	server := &http.Server{
		Addr: cmp.Or(os.Getenv("HOUSE"), "127.0.0.1:8092"), ReadHeaderTimeout: time.Minute,
		Handler: forms.New(forms.Options{
			Password: cmp.Or(os.Getenv("HOUSE_PASSWORD"), "let-me-in"), Life: time.Minute,
			Work: 3 * time.Millisecond, Late: os.Getenv("BROKEN") == "1",
		}),
	}
	fmt.Fprintln(os.Stderr, "the guest house is on http://"+server.Addr)
	if err := server.ListenAndServe(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
