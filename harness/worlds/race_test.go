//go:build race

package worlds_test

// slack is how much longer than promised things may take under the race detector.
const slack = 10
