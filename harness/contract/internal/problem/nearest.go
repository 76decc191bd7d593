package problem

import "github.com/idemcheck/idemcheck/internal/near"

// Suggest advises the candidate that is most like a name, or lists them all when none is near.
func Suggest(name string, candidates []string) string { return near.Advice(name, candidates) }
