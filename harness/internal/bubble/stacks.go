package bubble

import (
	"fmt"
	"net/http"
	"reflect"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/idemcheck/idemcheck/internal/lists"
)

// goroutine is one goroutine of a bubble, as its stack shows it.
type goroutine struct {
	// state is what it waits for, such as "chan receive"; durable tells whether virtual time may
	// pass meanwhile.
	state   string
	durable bool
	// frames are the user's, and deepest is the name of the innermost function of all.
	frames  []string
	deepest string
	// number and stack are its own: who moved has another stack.
	number, stack string
}

var bubbleName = regexp.MustCompile(`synctest bubble \d+`)

// nameOf returns the name of the bubble that the caller is in, as stacks show it.
func nameOf() string {
	buf := make([]byte, 256)
	return string(bubbleName.Find(buf[:runtime.Stack(buf, false)]))
}

// goroutines lists the goroutines of a bubble.
func goroutines(bubble string) []goroutine {
	buf := make([]byte, 8<<20)
	buf = buf[:runtime.Stack(buf, true)]
	var out []goroutine
	for stack := range strings.SplitSeq(string(buf), "\n\n") {
		head, rest, _ := strings.Cut(stack, "\n")
		number, head, _ := strings.Cut(head, "[")
		head = strings.TrimSuffix(head, "]:")
		parts := strings.Split(head, ", ")
		if bubble == "" || !slices.Contains(parts, bubble) {
			continue
		}
		state, durable := strings.CutSuffix(parts[0], " (durable)")
		deepest, _, _ := strings.Cut(rest, "\n")
		out = append(out, goroutine{
			state: state, durable: durable, frames: UserFrames(stack), deepest: functionName(deepest),
			number: number, stack: rest,
		})
	}
	return out
}

// maxShown is how many goroutines a message shows, and maxFrames how many frames of each.
const maxShown, maxFrames = 5, 4

// standstill says why a case took longer than a limit of real time.
func standstill(limit time.Duration, all []goroutine) string {
	var causes, others []goroutine
	for _, g := range all {
		switch {
		case !g.durable && (len(g.frames) > 0 || !ownFunction(g.deepest)):
			causes = append(causes, g)
		case g.durable && len(g.frames) > 0:
			others = append(others, g)
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "the service stood still for %s of real time: it waits for something while "+
		"virtual time cannot pass\n", limit)
	for _, line := range advice(causes) {
		fmt.Fprintf(&b, "%s\n", line)
	}
	b.WriteString(overTCP)
	show(&b, causes)
	if len(others) > 0 {
		b.WriteString("meanwhile these wait for virtual time or for each other:\n")
		show(&b, others)
	}
	return strings.TrimSpace(b.String())
}

// overTCP is the way out of virtual time.
const overTCP = "or check it in real time, over TCP: start the service on a port, write its " +
	"address as target.url, and run `idemcheck run idemcheck.yaml`\n"

// computes reports whether a goroutine is at work, or would be if it had a processor.
func (g goroutine) computes() bool { return g.state == "runnable" || g.state == "running" }

// waitsForLock reports whether a goroutine waits for a lock.
func (g goroutine) waitsForLock() bool {
	return strings.HasPrefix(g.state, "sync.Mutex") || strings.HasPrefix(g.state, "sync.RWMutex")
}

// isHTTP reports whether a goroutine of net/http's waits for a real socket: for what a server says,
// or for clients.
func (g goroutine) isHTTP() bool {
	return g.state == "IO wait" && (strings.Contains(g.stack, "net/http.(*persistConn).") ||
		strings.Contains(g.stack, "net/http.(*Server).Serve("))
}

// locked reports whether some goroutines wait for a lock and all others for virtual time or each
// other: then nothing will ever move.
func locked(all []goroutine) bool {
	return slices.ContainsFunc(all, goroutine.waitsForLock) &&
		!slices.ContainsFunc(all, func(g goroutine) bool { return !g.durable && !g.waitsForLock() })
}

// unmoved reports whether the same goroutines are where they were.
func unmoved(before, now []goroutine) bool {
	return slices.EqualFunc(before, now, func(a, b goroutine) bool {
		return a.number == b.number && a.state == b.state && a.stack == b.stack
	})
}

// advice says what to do about each kind of wait.
func advice(causes []goroutine) []string {
	var out []string
	add := func(line string) {
		if !slices.Contains(out, line) {
			out = append(out, line)
		}
	}
	for _, g := range causes {
		switch {
		case g.waitsForLock():
			add("- a lock is held by somebody who sleeps or waits, perhaps for the rest of a body: let " +
				"go of it before waiting, or use a channel of one slot as the lock")
		case g.isHTTP():
			add("- a real HTTP server is started or asked, such as one of httptest.NewServer: give its " +
				"handler to env.Downstream instead, and ask with the client that it returns")
		case g.state == "IO wait", g.state == "syscall":
			add("- a real socket, pipe or file is waited for: reach other services through " +
				"env.Downstream, and keep data in memory or in a file of env.Dir")
		case strings.HasPrefix(g.state, "chan"), strings.HasPrefix(g.state, "select"),
			strings.HasPrefix(g.state, "sync."):
			add("- a channel, group or condition that was made outside of the constructor is waited " +
				"for: make it in the constructor")
		default:
			add("- something computes without end")
		}
	}
	return out
}

// leaks says what was still blocked when a case was over; r is what synctest panicked with.
func leaks(all []goroutine, r any) string {
	left := lists.Where(all, func(g goroutine) bool { return len(g.frames) > 0 })
	if len(left) == 0 {
		return fmt.Sprintf("a case could not be ended: %v", r)
	}
	var b strings.Builder
	b.WriteString("the service leaks goroutines: these were still there a minute after the case " +
		"was over;\nend them with env.Context() or env.Cleanup:\n")
	show(&b, left)
	return strings.TrimSpace(b.String())
}

// show lists goroutines: what each waits for, and where.
func show(b *strings.Builder, all []goroutine) {
	shown := lists.Distinct(lists.Map(all, goroutine.text))
	for _, text := range shown[:min(len(shown), maxShown)] {
		fmt.Fprintf(b, "%s\n", text)
	}
	if more := len(shown) - maxShown; more > 0 {
		fmt.Fprintf(b, "  and %d more\n", more)
	}
}

func (g goroutine) text() string {
	frames := g.frames[:min(len(g.frames), maxFrames)]
	if len(frames) == 0 {
		frames = []string{"    " + g.deepest}
	}
	return "  " + g.state + "\n" + strings.Join(frames, "\n")
}

// UserFrames keeps the frames of a stack that are neither Go's own nor ours, innermost first, each
// as "function at file:line".
func UserFrames(stack string) []string {
	lines := strings.Split(stack, "\n")
	var out []string
	for i := 0; i+1 < len(lines); i++ {
		file, isFile := strings.CutPrefix(lines[i+1], "\t")
		if !isFile {
			continue
		}
		file, _, _ = strings.Cut(file, " +0x")
		if name := functionName(lines[i]); !ownFunction(name) && !goroot(file) {
			out = append(out, "    "+name+" at "+file)
		}
	}
	return out
}

// functionName takes the arguments and "created by" from a line of a stack.
func functionName(line string) string {
	line = strings.TrimPrefix(line, "created by ")
	line, _, _ = strings.Cut(line, " in goroutine ")
	if i := strings.LastIndex(line, "("); i > 0 && strings.HasSuffix(line, ")") {
		line = line[:i]
	}
	return line
}

// ownFunction reports whether a function is idemcheck's own, or the panic itself.
func ownFunction(name string) bool {
	return name == "panic" || slices.ContainsFunc(ownRooms(), func(room string) bool {
		return strings.HasPrefix(name, "github.com/idemcheck/idemcheck/"+room)
	})
}

// ownRooms lists where the functions stand that run a case: a test of ours in another folder is a
// user like any other.
func ownRooms() []string {
	return []string{
		"harness.", "harness/plan.", "harness/observe.", "harness/execute.", "harness/trial.",
		"harness/warmup.", "harness/shrink.", "harness/campaign.", "harness/internal/bubble.",
		"harness/internal/sleep.", "chaos/",
	}
}

// goroot reports whether a file belongs to Go. With -trimpath its files have no folder to tell them
// by, but the first element of every other module's path has a dot.
func goroot(file string) bool {
	const known = "net/http/server.go"
	serve := runtime.FuncForPC(reflect.ValueOf(http.HandlerFunc.ServeHTTP).Pointer())
	path, _ := serve.FileLine(serve.Entry())
	if root := strings.TrimSuffix(path, known); root != "" && root != path {
		return strings.HasPrefix(file, root)
	}
	first, _, _ := strings.Cut(file, "/")
	return !strings.Contains(first, ".")
}
