//go:build !race

package worlds_test

// slack is how much longer than promised things may take on a machine that does others' work
// meanwhile.
const slack = 2
