package container

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	dockerapi "github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/network"
	"github.com/stretchr/testify/require"
)

func TestDefaults(t *testing.T) {
	t.Setenv(ImageVariable, "")
	require.Equal(t, PostgresOptions{DefaultPostgresImage, time.Minute},
		PostgresOptions{}.withDefaults())

	t.Setenv(ImageVariable, "mine:1")
	require.Equal(t, "mine:1", PostgresOptions{}.withDefaults().Image)

	asked := PostgresOptions{"asked:2", time.Second}
	require.Equal(t, asked, asked.withDefaults())
}

func TestDSNIsReadByPgx(t *testing.T) {
	for _, host := range []string{"127.0.0.1", "docker.test", "fd00::1"} {
		s := server{host: host, password: "p@ss/word"}
		config, err := pgx.ParseConfig(s.dsn(network.MustParsePort("5433/tcp")))
		require.NoError(t, err)
		require.Equal(t, host, config.Host)
		require.EqualValues(t, 5433, config.Port)
		require.Equal(t, "idemcheck", config.User)
		require.Equal(t, "idemcheck", config.Database)
		require.Equal(t, "p@ss/word", config.Password)
		require.Nil(t, config.TLSConfig)
	}
}

func TestPublishesOnLoopbackOnlyWhereTheDaemonIsLocal(t *testing.T) {
	var local, remote dockerapi.HostConfig
	server{host: loopback}.publish(&local)
	server{host: "docker.test"}.publish(&remote)
	bindings := local.PortBindings[network.MustParsePort("5432/tcp")]
	require.Len(t, bindings, 1)
	require.True(t, bindings[0].HostIP.IsLoopback())
	require.Empty(t, remote.PortBindings)
}
