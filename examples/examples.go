// Package examples holds contracts to copy from.
package examples

import _ "embed"

// Reference is the complete contract of our reference service, with a comment on every part: what
// `idemcheck init` writes and what the command checks its own reference service with.
//
//go:embed reference.yaml
var Reference []byte
