// Package container starts what a target needs in containers.
//
// It is a package of its own because it brings a Docker client: only programs that want
// containers, such as our command, should import it.
package container
