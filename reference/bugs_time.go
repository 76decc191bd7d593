package reference

import "time"

// timeBugs forget, or remember, at the wrong time.
func timeBugs() []Bug {
	return []Bug{
		{
			Name:    "key-expires-early",
			Mistake: "It forgets keys after one second.",
			Rules:   []string{"duplicate-effect", "key-ignored", "early-expiry"},
			change: func(p *policy) {
				p.lifetime = func(time.Duration) time.Duration { return time.Second }
			},
		},
	}
}
