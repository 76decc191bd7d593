// Package container starts what a target needs in containers.
//
// It is apart from the other worlds because it brings a Docker client: only programs that want
// containers, such as our command, should import it.
package container
