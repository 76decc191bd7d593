package starting

import "github.com/spf13/cobra"

// Add declares the flags by which somebody gives what there is to start from.
func (g *Given) Add(c *cobra.Command) {
	f := c.Flags()
	f.StringArrayVar(&g.Curl, "curl", nil, "a curl line that does what callers want done once")
	f.StringArrayVar(&g.Create, "create", nil, "a curl line that makes what it works on")
	f.StringArrayVar(&g.Ledger, "ledger", nil, "a curl line that lists what was done")
	f.StringVar(&g.SQL, "sql", "", "a query that lists what was done, instead of --ledger")
	f.StringVar(&g.DSN, "dsn", "", "where its database is: postgres://…, mysql://…, sqlite:FILE "+
		"(${DATABASE_URL} when left out)")
	f.StringArrayVar(&g.Login, "login", nil,
		"a curl line by which a caller logs in; more than one are sent in turn")
	f.StringVar(&g.Key, "key", "", "the header, or the field of the body, of the idempotency key")
	f.BoolVar(&g.Probe, "probe", false, "send each curl line once, to learn from the answers")
	f.StringSliceVar(&g.AllowHost, "allow-host", nil, "a host that --probe may reach")
	f.StringVar(&g.HAR, "har", "", "what a browser recorded, as its network tab saves it")
	f.StringVar(&g.OpenAPI, "openapi", "", "an OpenAPI document, as a file or a URL")
	f.StringVar(&g.Operation, "operation", "", "its operation: an operationId, or METHOD /path")
}
