package store_test

import (
	"context"
	"errors"
	"io"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/idemcheck/idemcheck/chaos/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// letters is a protocol in which every byte that a service sends is an act of that name.
type letters struct{}

func (letters) Carry(
	_ context.Context, service, at net.Conn, rule func(store.Act) store.Ruling,
) error {
	defer func() { _, _ = service.Close(), at.Close() }()
	for {
		var one [1]byte
		if _, err := service.Read(one[:]); err != nil {
			return nil
		}
		if one[0] == '!' {
			return errors.New("nobody says that")
		}
		if rule(store.Act(one[:])) == store.Cut {
			return nil
		}
		if _, err := at.Write(one[:]); err != nil {
			return err
		}
	}
}

// open makes a link whose store keeps what it is told, and connects to it.
func open(t *testing.T, watch store.Watch) (p *store.Relay, service net.Conn, told func() string) {
	t.Helper()
	here, there := net.Pipe()
	p, err := store.Listen(store.Options{
		Listen: "127.0.0.1:0", Protocol: letters{}, Watch: watch,
		Dial: func(context.Context) (net.Conn, error) { return here, nil },
	})
	require.NoError(t, err)
	service, err = net.Dial("tcp", p.Address())
	require.NoError(t, err)
	all := make(chan string, 1)
	go func() {
		read, _ := io.ReadAll(there)
		all <- string(read)
	}()
	return p, service, func() string {
		require.NoError(t, service.Close())
		out := <-all
		require.NoError(t, p.Close())
		return out
	}
}

// failed waits until a relay has an error that says something.
func failed(t *testing.T, p *store.Relay, says string) {
	t.Helper()
	require.Eventually(t, func() bool { return p.Err() != nil }, time.Minute, time.Millisecond)
	require.EqualError(t, p.Err(), says)
}

func TestAStrikeTakesTheNextMoment(t *testing.T) {
	var strikes store.Strikes
	did := 0
	wait := strikes.Arm(store.Strike{At: "b", Do: func(context.Context) { did++ }})
	cut := strikes.Arm(store.Strike{At: "b", Ruling: store.Cut})
	never := strikes.Arm(store.Strike{At: "z", Ruling: store.Cut})
	_, service, told := open(t, strikes.Watch)
	_, err := service.Write([]byte("abcbd"))
	require.NoError(t, err)
	require.Equal(t, "abc", told(), "the second b is lost, and what follows it")
	require.Equal(t, 1, did)
	require.Equal(t, &store.Passage{Connection: 1, Act: "b"}, wait.Disarm())
	require.NotNil(t, cut.Disarm())
	require.Nil(t, never.Disarm())
	require.Equal(t, store.Pass, strikes.Watch(t.Context(), store.Passage{Act: "z"}))
}

func TestWithoutAWatchAllPasses(t *testing.T) {
	p, service, told := open(t, nil)
	_, err := service.Write([]byte("abc"))
	require.NoError(t, err)
	require.Equal(t, "abc", told())
	require.Equal(t, 1, p.Connections())
	require.NoError(t, p.Err())
}

func TestWhatIsNotUnderstoodIsTold(t *testing.T) {
	p, service, told := open(t, nil)
	_, err := service.Write([]byte("a!"))
	require.NoError(t, err)
	_, err = service.Read(make([]byte, 1))
	require.Error(t, err, "the connection is closed")
	failed(t, p, "nobody says that")
	require.Equal(t, "a", told())
}

func TestAStoreThatIsGoneIsTold(t *testing.T) {
	p, err := store.Listen(store.Options{
		Listen: "127.0.0.1:0", Protocol: letters{},
		Dial: func(context.Context) (net.Conn, error) { return nil, errors.New("nobody is there") },
	})
	require.NoError(t, err)
	service, err := net.Dial("tcp", p.Address())
	require.NoError(t, err)
	_, err = service.Read(make([]byte, 1))
	require.Error(t, err)
	require.NoError(t, service.Close())
	failed(t, p, "dialling the store: nobody is there")
	require.NoError(t, p.Close())
}

// TestCloseEndsAConnectionThatWaits: also while a strike does something.
func TestCloseEndsAConnectionThatWaits(t *testing.T) {
	var strikes store.Strikes
	struck := make(chan struct{})
	strikes.Arm(store.Strike{At: "a", Do: func(ctx context.Context) { close(struck); <-ctx.Done() }})
	p, service, _ := open(t, strikes.Watch)
	_, err := service.Write([]byte("a"))
	require.NoError(t, err)
	<-struck
	require.NoError(t, p.Close())
	require.NoError(t, p.Err())
	require.NoError(t, service.Close())
}

func TestAnAddressThatIsTakenIsTold(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { require.NoError(t, l.Close()) }()
	_, err = store.Listen(store.Options{Listen: l.Addr().String()})
	require.ErrorContains(t, err, "listening for connections to the store")
}
