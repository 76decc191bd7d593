// Package docs lets the command show pages of this folder: the counterexample of each seeded bug is
// committed once, where people read it.
package docs

import "embed"

// Bugs holds the pages of the seeded bugs, bugs/FAMILY.md; `make calibrate` writes them.
//
//go:embed bugs/*.md
var Bugs embed.FS
