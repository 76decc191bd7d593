package verdict

import "github.com/idemcheck/idemcheck/model/value"

// Outage is a service that went down as a whole in mid-run, or died: what was seen until then
// counts, and nothing after that.
type Outage struct {
	// Since is when it began, counted from the warm-up on.
	Since value.Duration `json:"since"`
	// Cases are the numbers of the planned cases that were under way then.
	Cases []int `json:"cases_under_way"`
}
