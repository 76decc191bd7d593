package container

import (
	"net"
	"net/netip"
	"net/url"

	dockerapi "github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/network"
	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/modules/postgres"
)

const (
	serverPort = "5432/tcp"
	roleName   = "idemcheck" // of the user and of the database
)

// server is what we decide about a PostgreSQL server before it starts.
type server struct {
	name     string // of the container: by it we find what an interrupted start left behind
	host     string // where the daemon publishes ports
	password string
}

func (s server) customizers() []testcontainers.ContainerCustomizer {
	return []testcontainers.ContainerCustomizer{
		quiet(),
		testcontainers.WithName(s.name),
		postgres.WithUsername(roleName),
		postgres.WithDatabase(roleName),
		postgres.WithPassword(s.password),
		testcontainers.WithHostConfigModifier(s.publish),
	}
}

// publish keeps the server off the network where we can: Docker's own default is to publish on
// every interface of the machine.
func (s server) publish(host *dockerapi.HostConfig) {
	if s.host != loopback {
		return
	}
	host.PortBindings = network.PortMap{
		network.MustParsePort(serverPort): {{HostIP: netip.MustParseAddr(loopback)}},
	}
}

func (s server) dsn(port network.Port) string {
	address := url.URL{
		Scheme: "postgres", User: url.UserPassword(roleName, s.password), Path: roleName,
		Host: net.JoinHostPort(s.host, port.Port()), RawQuery: "sslmode=disable",
	}
	return address.String()
}
