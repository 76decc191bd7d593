// Package lists makes one list of another.
package lists

import "slices"

// Where lists the items that fit, in their order; where none does, nil.
func Where[T any](all []T, fits func(T) bool) (out []T) {
	for _, item := range all {
		if fits(item) {
			out = append(out, item)
		}
	}
	return out
}

// Map lists what each item becomes, in their order; of none, nil.
func Map[T, U any](all []T, becomes func(T) U) (out []U) {
	for _, item := range all {
		out = append(out, becomes(item))
	}
	return out
}

// Distinct lists the items without what is equal to an earlier one; of none, nil.
func Distinct[T comparable](all []T) (out []T) {
	for _, item := range all {
		if !slices.Contains(out, item) {
			out = append(out, item)
		}
	}
	return out
}

// Flat lists all that the items hold, one after the other; of none, nil.
func Flat[T, U any](all []T, holds func(T) []U) (out []U) {
	for _, item := range all {
		out = append(out, holds(item)...)
	}
	return out
}

// First returns the first item that fits; where none does, the zero value and false.
func First[T any](all []T, fits func(T) bool) (first T, found bool) {
	for _, item := range all {
		if fits(item) {
			return item, true
		}
	}
	return first, false
}
