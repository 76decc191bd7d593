package conditions

import (
	"cmp"
	"fmt"
	"net/http"
	"sync"
)

// credentials remembers for which tenants the service worked, and for which it then refused whoever
// asked: a token has expired, or a session has ended.
type credentials struct {
	mu sync.Mutex
	// worked holds tenants; refused is the first refusal after that, "" when there was none. Both are
	// protected by mu.
	worked  map[string]bool
	refused string
}

func newCredentials() *credentials { return &credentials{worked: map[string]bool{}} }

// note files a status that a tenant got for something that its credentials are for.
func (c *credentials) note(tenant string, status int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case status/100 == 2:
		c.worked[tenant] = true
	case Unauthorized(status) && c.worked[tenant] && c.refused == "":
		c.refused = fmt.Sprintf("the credentials of %[1]s worked and were then refused (%[2]d): "+
			"renew the token: with session.login, write session.renew_on: [%[2]d], or session.renew and "+
			"how long it lives; without it, write a session, or make the run shorter (--cases, "+
			"--budget)",
			cmp.Or(tenant, "the caller"), status)
	}
}

// expired says that credentials were refused after they had worked; "" when none were.
func (c *credentials) expired() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.refused
}

// Unauthorized reports whether a status says that the caller is not let in.
func Unauthorized(status int) bool {
	return status == http.StatusUnauthorized || status == http.StatusForbidden
}
