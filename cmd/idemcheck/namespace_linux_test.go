package main

import (
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// The tests of what leaves this machine run in a network namespace of their own, in which every address
// is this machine's: so whatever is sent arrives, and is seen. They need root and iproute2.
const (
	// namespaceVariable is "1" to run them, and "inside" in the namespace.
	namespaceVariable = "IDEMCHECK_NAMESPACE"
	// elsewhere is a documentation address (RFC 5737): a public one. office is a private one.
	elsewhere, office = "203.0.113.9", "10.7.7.7"
	// metadata is where clouds keep the credentials of machines.
	metadata = "169.254.169.254"
)

// TestNoByteLeaves runs the tests of this file and its neighbour in a namespace.
func TestNoByteLeaves(t *testing.T) {
	if os.Getenv(namespaceVariable) != "1" {
		t.Log("not asked for: see " + namespaceVariable)
		return
	}
	self, err := os.Executable()
	require.NoError(t, err)
	c := exec.CommandContext(t.Context(), self, "-test.run=^TestInNamespace$", "-test.v", "-test.count=1")
	c.Env = append(os.Environ(), namespaceVariable+"=inside", "GODEBUG=netdns=go")
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy"} {
		c.Env = append(c.Env, name+"=http://"+elsewhere+":3128")
	}
	c.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET | syscall.CLONE_NEWNS}
	out, err := c.CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.Contains(t, string(out), "--- PASS: TestInNamespace")
	t.Logf("%s", out)
}

// enter makes every address this machine's, and one of its names a turncoat.
func enter(t *testing.T) *names {
	t.Helper()
	for _, line := range []string{
		"ip link set lo up", "ip addr add " + office + "/32 dev lo", "ip addr add " + elsewhere + "/32 dev lo",
		"ip route add local default dev lo", "ip -6 route add local default dev lo",
	} {
		words := strings.Fields(line)
		out, err := exec.CommandContext(t.Context(), words[0], words[1:]...).CombinedOutput()
		require.NoError(t, err, "%s: %s", line, out)
	}
	require.NoError(t, syscall.Mount("none", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""))
	resolver := filepath.Join(t.TempDir(), "resolv.conf")
	require.NoError(t, os.WriteFile(resolver, []byte("nameserver 127.0.0.1\n"), 0o600))
	require.NoError(t, syscall.Mount(resolver, "/etc/resolv.conf", "", syscall.MS_BIND, ""))
	return serveNames(t)
}

// names is a name server. Each name has its answers, given one after the other, the last one for ever.
type names struct {
	conn net.PacketConn
	mu   sync.Mutex
	// asked counts by name; protected by mu.
	asked map[string]int
}

// answersOf are the addresses of a name, one set after the other.
var answersOf = map[string][][]string{
	"public.test":   {{elsewhere}},
	"mixed.test":    {{"127.0.0.1", elsewhere}},
	"metadata.test": {{metadata}},
	"turncoat.test": {{"127.0.0.1"}, {elsewhere}},
}

func serveNames(t *testing.T) *names {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:53")
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	n := &names{conn: conn, asked: map[string]int{}}
	go n.serve()
	return n
}

func (n *names) serve() {
	question := make([]byte, 1500)
	for {
		size, from, err := n.conn.ReadFrom(question)
		if err != nil {
			return
		}
		if answer := n.answer(question[:size]); answer != nil {
			_, _ = n.conn.WriteTo(answer, from)
		}
	}
}

// answer answers a question for IPv4 addresses, and says that there are no others.
func (n *names) answer(q []byte) []byte {
	const header, aRecord = 12, 1
	name, end := "", header
	for end < len(q) && q[end] != 0 {
		label := int(q[end])
		name += string(q[end+1:end+1+label]) + "."
		end += 1 + label
	}
	name = strings.TrimSuffix(name, ".")
	kind := int(q[end+1])<<8 | int(q[end+2])
	end += 1 + 4
	var found []string
	if kind == aRecord {
		found = n.next(name)
	}
	out := append([]byte{q[0], q[1], 0x81, 0x80, 0, 1, 0, byte(len(found)), 0, 0, 0, 0}, q[header:end]...)
	for _, text := range found {
		ip := netip.MustParseAddr(text).As4()
		out = append(append(out, 0xc0, header, 0, aRecord, 0, 1, 0, 0, 0, 0, 0, 4), ip[:]...)
	}
	return out
}

func (n *names) next(name string) []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	sets := answersOf[name]
	if len(sets) == 0 {
		return nil
	}
	set := sets[min(n.asked[name], len(sets)-1)]
	n.asked[name]++
	return set
}

// recorder sees every packet of the namespace.
type recorder struct {
	socket int
	mu     sync.Mutex
	// outside counts packets to or from public addresses by address, marks those to port 9 of loopback.
	// Both are protected by mu.
	outside map[netip.Addr]int
	marks   int
}

func record(t *testing.T) *recorder {
	t.Helper()
	const everything = 0x0300 // ETH_P_ALL in the order of the network
	socket, err := syscall.Socket(syscall.AF_PACKET, syscall.SOCK_DGRAM, everything)
	require.NoError(t, err)
	r := &recorder{socket: socket, outside: map[netip.Addr]int{}}
	go r.watch()
	return r
}

// watch reads packets until the process ends.
func (r *recorder) watch() {
	packet := make([]byte, 1<<16)
	for {
		n, _, err := syscall.Recvfrom(r.socket, packet, 0)
		if err != nil && err != syscall.EINTR {
			return
		}
		if n > 0 {
			r.note(packet[:n])
		}
	}
}

func (r *recorder) note(p []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	from, to, ok := ends(p)
	if !ok {
		return
	}
	for _, a := range []netip.Addr{from, to} {
		if !a.IsLoopback() && !a.IsPrivate() {
			r.outside[a]++
		}
	}
	const udp, discard = 17, 9
	if to.Is4() && p[9] == udp && len(p) > 23 && p[22] == 0 && p[23] == discard {
		r.marks++
	}
}

// ends returns the addresses of an IP packet.
func ends(p []byte) (from, to netip.Addr, ok bool) {
	switch {
	case len(p) >= 20 && p[0]>>4 == 4:
		return netip.AddrFrom4([4]byte(p[12:16])), netip.AddrFrom4([4]byte(p[16:20])), true
	case len(p) >= 40 && p[0]>>4 == 6:
		return netip.AddrFrom16([16]byte(p[8:24])), netip.AddrFrom16([16]byte(p[24:40])), true
	}
	return from, to, false
}

// since returns how many packets left since it was asked last. A packet to loopback is sent and waited
// for first, because packets are seen in their order.
func (r *recorder) since(t *testing.T) map[netip.Addr]int {
	t.Helper()
	seen := func() int {
		r.mu.Lock()
		defer r.mu.Unlock()
		return r.marks
	}
	before := seen()
	conn, err := net.Dial("udp", "127.0.0.1:9")
	require.NoError(t, err)
	_, err = conn.Write([]byte("mark"))
	require.NoError(t, err)
	require.NoError(t, conn.Close())
	require.Eventually(t, func() bool { return seen() > before }, patience, time.Millisecond)
	r.mu.Lock()
	defer r.mu.Unlock()
	out := r.outside
	r.outside = map[netip.Addr]int{}
	return out
}
