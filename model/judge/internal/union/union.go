// Package union puts numbers together that belong together.
package union

// Groups are the numbers from 0 up, each with a number that leads to the first of its group.
type Groups []int

// New returns n numbers, each in a group of its own.
func New(n int) Groups {
	g := make(Groups, n)
	for i := range g {
		g[i] = i
	}
	return g
}

// Find returns the first number of a group and shortens the way to it.
func (g Groups) Find(i int) int {
	for g[i] != i {
		g[i] = g[g[i]]
		i = g[i]
	}
	return i
}

// Join makes one group of those of a and b.
func (g Groups) Join(a, b int) {
	a, b = g.Find(a), g.Find(b)
	g[max(a, b)] = min(a, b)
}
