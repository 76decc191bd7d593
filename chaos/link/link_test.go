package link_test

import (
	"bytes"
	"io"
	"net"
	"os"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/idemcheck/idemcheck/chaos/link"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// joined returns the outer ends of a link between two connections made by pipe.
func joined(
	pipe func() (net.Conn, net.Conn), up, down []link.Toxic,
) (client, service net.Conn, l *link.Link) {
	client, near := pipe()
	far, service := pipe()
	l = link.Join(near, far, up)
	l.Arm(down)
	return client, service, l
}

func ours() (net.Conn, net.Conn) { return link.Pipe() }

// everyPipe runs a test in a bubble over our own pipes and over net.Pipe.
func everyPipe(t *testing.T, run func(t *testing.T, pipe func() (net.Conn, net.Conn))) {
	for name, pipe := range map[string]func() (net.Conn, net.Conn){
		"ours": ours, "net.Pipe": net.Pipe,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { run(t, pipe) })
		})
	}
}

func mustSlicer(t *testing.T, size int) link.Toxic {
	x, err := link.Slicer(size, time.Millisecond)
	require.NoError(t, err)
	return x
}

func mustBandwidth(t *testing.T, rate int) link.Toxic {
	x, err := link.Bandwidth(rate)
	require.NoError(t, err)
	return x
}

// TestUpstream sends 100 bytes and looks at what arrives, and when the stream has ended.
func TestUpstream(t *testing.T) {
	for name, c := range map[string]struct {
		toxics  []link.Toxic
		arrives int
		takes   time.Duration
	}{
		"none":               {nil, 100, 0},
		"latency":            {[]link.Toxic{link.Latency(time.Hour)}, 100, time.Hour},
		"latency rounded up": {[]link.Toxic{link.Latency(time.Microsecond)}, 100, time.Millisecond},
		"limit":              {[]link.Toxic{link.LimitData(40)}, 40, 0},
		"limit 0":            {[]link.Toxic{link.LimitData(0)}, 0, 0},
		"late limit": {
			[]link.Toxic{link.Latency(time.Second), link.LimitData(7)}, 7, time.Second,
		},
		"slow close": {[]link.Toxic{link.SlowClose(time.Minute)}, 100, time.Minute},
		"slicer":     {[]link.Toxic{mustSlicer(t, 25)}, 100, 4 * time.Millisecond},
		"kilobytes":  {[]link.Toxic{mustBandwidth(t, 1000)}, 100, 100 * time.Millisecond},
		"bytes":      {[]link.Toxic{mustBandwidth(t, 10)}, 100, 10 * time.Second},
		"black hole": {[]link.Toxic{link.BlackHole()}, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			everyPipe(t, func(t *testing.T, pipe func() (net.Conn, net.Conn)) {
				client, service, l := joined(pipe, c.toxics, nil)
				begun := time.Now()
				go func() {
					_, _ = client.Write(bytes.Repeat([]byte("x"), 100))
					_ = client.Close()
				}()
				got, err := io.ReadAll(service)
				require.NoError(t, err)
				require.Len(t, got, c.arrives)
				require.Equal(t, c.takes, time.Since(begun))
				<-l.Done()
			})
		})
	}
}

func TestBothDirections(t *testing.T) {
	everyPipe(t, func(t *testing.T, pipe func() (net.Conn, net.Conn)) {
		client, service, l := joined(pipe, nil, []link.Toxic{link.LimitData(3)})
		_, err := client.Write([]byte("ping"))
		require.NoError(t, err)
		buf := make([]byte, 4)
		_, err = io.ReadFull(service, buf)
		require.NoError(t, err)
		_, _ = service.Write([]byte("pong"))
		got, err := io.ReadAll(client)
		require.NoError(t, err)
		require.Equal(t, "pon", string(got))
		_, err = service.Read(buf)
		require.ErrorIs(t, err, io.EOF, "the end of one direction ends the other")
		_ = client.Close()
		<-l.Done()
	})
}

func TestReset(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, service, l := joined(ours, []link.Toxic{link.ResetPeer()}, nil)
		synctest.Wait()
		_, err := client.Write([]byte("x"))
		require.NoError(t, err)
		for _, c := range []net.Conn{client, service} {
			_, err = c.Read(make([]byte, 1))
			require.ErrorIs(t, err, syscall.ECONNRESET)
		}
		<-l.Done()
	})
}

// TestResetWithoutBytes: reset_peer waits for the first byte, so a client that leaves is just that.
func TestResetWithoutBytes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, service, l := joined(ours, []link.Toxic{link.ResetPeer()}, nil)
		_ = client.Close()
		_, err := service.Read(make([]byte, 1))
		require.ErrorIs(t, err, io.EOF)
		<-l.Done()
	})
}

// TestResetIsPassedOn: a reset of one end is seen at the other.
func TestResetIsPassedOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, service, l := joined(ours, nil, nil)
		_ = link.Reset(service)
		_, err := client.Read(make([]byte, 1))
		require.ErrorIs(t, err, syscall.ECONNRESET)
		<-l.Done()
	})
}

func TestBlackHoleStaysOpen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, _, l := joined(ours, []link.Toxic{link.BlackHole()}, nil)
		_, err := client.Write([]byte("x"))
		require.NoError(t, err)
		begun := time.Now()
		require.NoError(t, client.SetDeadline(begun.Add(24*time.Hour)))
		_, err = client.Read(make([]byte, 1))
		require.ErrorIs(t, err, os.ErrDeadlineExceeded)
		require.Equal(t, 24*time.Hour, time.Since(begun))
		_ = client.Close()
		<-l.Done()
	})
}

// TestKill: no toxic outlives its link, however long it would sleep.
func TestKill(t *testing.T) {
	for name, x := range map[string]link.Toxic{
		"latency": link.Latency(time.Hour), "bandwidth": mustBandwidth(t, 1),
		"black hole": link.BlackHole(), "slow close": link.SlowClose(time.Hour),
		"slicer": mustSlicer(t, 1), "limit": link.LimitData(1),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client, _, l := joined(ours, []link.Toxic{x}, []link.Toxic{x})
				_, err := client.Write(bytes.Repeat([]byte("x"), 1000))
				require.NoError(t, err)
				synctest.Wait()
				begun := time.Now()
				l.Kill()
				<-l.Done()
				require.Less(t, time.Since(begun), time.Minute)
			})
		})
	}
}

func TestLimitKeepsTakingBytes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, service, l := joined(net.Pipe, []link.Toxic{link.LimitData(1)}, nil)
		for range 10 { // a toxic that is over must not block a sender without a buffer
			if _, err := client.Write(bytes.Repeat([]byte("x"), 9000)); err != nil {
				break
			}
		}
		got, err := io.ReadAll(service)
		require.NoError(t, err)
		require.Len(t, got, 1)
		<-l.Done()
	})
}

func TestDegenerateValues(t *testing.T) {
	_, err := link.Slicer(0, 0)
	require.Error(t, err)
	_, err = link.Bandwidth(0)
	require.Error(t, err)
}

func TestAttributes(t *testing.T) {
	for kind, c := range map[string]struct {
		toxic link.Toxic
		name  string
		value any
	}{
		"latency":    {link.Latency(1500 * time.Microsecond), "latency", 2.0},
		"limit_data": {link.LimitData(-1), "bytes", 0.0},
		"bandwidth":  {mustBandwidth(t, 3000), "rate", 3.0},
		"slicer":     {mustSlicer(t, 9), "average_size", 9.0},
	} {
		require.Equal(t, kind, c.toxic.Type())
		require.False(t, c.toxic.Own())
		got, err := c.toxic.Attributes()
		require.NoError(t, err)
		require.Equal(t, c.value, got[c.name])
	}
	require.True(t, mustBandwidth(t, 999).Own())
}

func TestPipe(t *testing.T) {
	a, b := link.Pipe()
	_, err := a.Write([]byte("hello"))
	require.NoError(t, err)
	require.NoError(t, a.CloseWrite())
	got, err := io.ReadAll(b)
	require.NoError(t, err)
	require.Equal(t, "hello", string(got))
	_, err = b.Write([]byte("x"))
	require.NoError(t, err, "the other direction is still open")
	require.NoError(t, a.Close())
	_, err = a.Read(make([]byte, 1))
	require.ErrorIs(t, err, net.ErrClosed)
	_, err = a.Write([]byte("x"))
	require.ErrorIs(t, err, net.ErrClosed)
	_, err = b.Write([]byte("x"))
	require.ErrorIs(t, err, syscall.EPIPE)
	require.NoError(t, b.Close())
}

func TestPipeDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := link.Pipe()
		require.NoError(t, a.SetReadDeadline(time.Now().Add(time.Second)))
		_, err := a.Read(make([]byte, 1))
		require.ErrorIs(t, err, os.ErrDeadlineExceeded)
		require.NoError(t, a.SetReadDeadline(time.Time{}))
		time.AfterFunc(time.Hour, func() { _, _ = b.Write([]byte("x")) })
		n, err := a.Read(make([]byte, 1))
		require.NoError(t, err)
		require.Equal(t, 1, n)
		go func() { // a deadline in the past wakes a reader
			synctest.Wait()
			_ = a.SetReadDeadline(time.Unix(1, 0))
		}()
		_, err = a.Read(make([]byte, 1))
		require.ErrorIs(t, err, os.ErrDeadlineExceeded)
	})
}

// TestAPipeIsBounded: a writer that nobody reads waits, and ends when the other side leaves.
func TestAPipeIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := link.Pipe()
		written, ended := 0, make(chan error, 1)
		go func() {
			for some := make([]byte, 64<<10); ; written += len(some) {
				if _, err := a.Write(some); err != nil {
					ended <- err
					return
				}
			}
		}()
		synctest.Wait()
		require.Equal(t, 1<<20, written)
		n, err := io.ReadFull(b, make([]byte, 1<<19))
		require.NoError(t, err)
		synctest.Wait()
		require.Equal(t, 1<<20+n, written)
		require.NoError(t, b.Close())
		require.ErrorIs(t, <-ended, syscall.EPIPE)
		require.NoError(t, a.Close())
	})
}
