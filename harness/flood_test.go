package harness

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/internal/bubble"
	"github.com/idemcheck/idemcheck/harness/internal/stub"
	"github.com/idemcheck/idemcheck/harness/plan"
)

// flooding is a service whose answers to charges are written by a function.
func flooding(write func(w http.ResponseWriter)) Target {
	return Handler(func(*Env) http.Handler {
		right := stub.New()
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method != http.MethodPost || r.URL.Path != "/charges" {
				right.ServeHTTP(w, r)
				return
			}
			write(w)
		})
	})
}

// suiteOfStub checks the stub with few cases.
func suiteOfStub(t *testing.T) Suite {
	t.Helper()
	return Suite{
		Contract: stub.Contract(t), Cases: 2,
		Scenarios: []plan.Scenario{{Name: "one", Operations: plan.Range{Min: 1, Max: 1}, OneResource: true}},
	}
}

// TestAHandlerThatWritesTooMuch: whether it stops or not when nobody reads any more, the test ends
// with words of ours.
func TestAHandlerThatWritesTooMuch(t *testing.T) {
	some := []byte(strings.Repeat("x", 1<<16))
	for name, write := range map[string]func(http.ResponseWriter){
		"8 MiB, whatever becomes of it": func(w http.ResponseWriter) {
			for range 1 << 7 {
				_, _ = w.Write(some)
			}
		},
		"until nobody reads": func(w http.ResponseWriter) {
			for err := error(nil); err == nil; {
				_, err = w.Write(some)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			message, err := check(t, suiteOfStub(t), flooding(write))
			require.NoError(t, err)
			require.Contains(t, message, "UNKNOWN")
			require.Contains(t, oneLine(message), "the answer is larger than 1 MiB")
		})
	}
}

// TestAHandlerThatNeverStopsWriting: it goes on although every write fails, and says so itself.
func TestAHandlerThatNeverStopsWriting(t *testing.T) {
	some, over := make([]byte, 1<<16), make(chan struct{})
	defer close(over)
	s := suiteOfStub(t)
	s.limit = bubble.RealLimit / 4
	_, err := check(t, s, flooding(func(w http.ResponseWriter) {
		for {
			select {
			case <-over:
				return
			default:
				_, _ = w.Write(some)
			}
		}
	}))
	require.ErrorContains(t, err, "the service stood still for") // its frames are ours, so none is named
}

// TestAPanicIsShownAsText: what a handler panics with must not reach the terminal as it is.
func TestAPanicIsShownAsText(t *testing.T) {
	message, err := check(t, suiteOfStub(t), flooding(func(http.ResponseWriter) {
		panic("\x1b]0;owned\x07\u202e" + strings.Repeat("x", 1<<20))
	}))
	require.NoError(t, err)
	require.Contains(t, message, `the first time: \x1b]0;owned\a\u202exxx`)
	require.Less(t, len(message), 20_000)
}

// oneLine undoes the wrapping of a report.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }
