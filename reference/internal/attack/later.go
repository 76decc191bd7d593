package attack

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/reference"
	"github.com/idemcheck/idemcheck/reference/memory"
	"github.com/idemcheck/idemcheck/reference/store"
)

// laterScripts lists attacks by an attempt that comes at the right time after another one.
func laterScripts() map[string]Attack {
	scripts := map[string]Attack{"repeat while it is looked up": repeatBetweenLookups}
	for name, attack := range map[string]func(*world) string{
		"repeat before the answer":        repeatBeforeAnswer,
		"repeat of slow work":             repeatOfSlowWork,
		"come back while it works":        comeBackWhileItWorks,
		"hang up and come back later":     comeBackLater,
		"repeat after a restart":          repeatAfterRestart,
		"killed while working":            killedWhileWorking,
		"repeat twice after retention":    repeatTwiceAfterExpiry,
		"retry twice just before the end": beforeExpiryTwice,
	} {
		scripts[name] = func(t *testing.T, options reference.Options) string {
			return attack(newWorld(t, options))
		}
	}
	return scripts
}

// ExpiredScripts lists attacks on a service that refuses a key whose retention is over.
func ExpiredScripts() map[string]Attack {
	scripts := map[string]Attack{}
	for name, days := range map[string]time.Duration{
		"a day after retention": 2, "days after retention": 10,
	} {
		scripts[name] = func(t *testing.T, options reference.Options) string {
			w := newWorld(t, options)
			w.send(charge("k1", 1234))
			w.clock.Move(days*24*time.Hour - time.Minute)
			again := w.send(charge("k1", 1234))
			return first(
				expect("status", http.StatusGone, again.status),
				w.shopHas(once("k1", 1234)),
			)
		}
	}
	return scripts
}

// start makes an attempt that ends by itself.
func (w *world) start(a attempt) <-chan answer {
	answers := make(chan answer, 1)
	go func() { answers <- w.send(a) }()
	return answers
}

// looked tells when somebody has looked something up.
type looked struct {
	store.Store
	views chan struct{}
}

func (l looked) View(ctx context.Context, fn func(store.Reader) error) error {
	err := l.Store.View(ctx, fn)
	select {
	case l.views <- struct{}{}:
	default:
	}
	return err
}

// repeatBetweenLookups lets the first attempt finish when the repeat has looked the key up, or was
// turned away.
func repeatBetweenLookups(t *testing.T, options reference.Options) string {
	watched := looked{options.Store, make(chan struct{}, 100)}
	if watched.Store == nil {
		watched.Store = memory.New()
	}
	options.Store = watched
	w := newWorld(t, options)
	w.processor.hold()
	original := w.start(charge("k1", 1234))
	wait(t, w.processor.entered)
	for len(watched.views) > 0 {
		<-watched.views
	}
	again := w.start(charge("k1", 1234))
	select {
	case <-watched.views:
	case a := <-again:
		again = filled(a)
	}
	w.processor.work()
	return once1234(w, wait(t, original), wait(t, again))
}

// filled returns a channel in which an answer waits.
func filled(a answer) <-chan answer {
	out := make(chan answer, 1)
	out <- a
	return out
}

// once1234 expects the charge that all these scripts make, once, with the answers that attempts
// side by side may get.
func once1234(w *world, answers ...answer) string {
	complaint := ""
	for _, a := range answers {
		if a.status != http.StatusCreated && a.status != http.StatusConflict {
			complaint = expect("status", http.StatusCreated, a.status)
		}
	}
	return first(complaint,
		expect("status after all", http.StatusCreated, w.settle(charge("k1", 1234)).status),
		w.shopHas(once("k1", 1234)),
	)
}

// repeatBeforeAnswer repeats as soon as the effect is there.
func repeatBeforeAnswer(w *world) string {
	original := w.start(charge("k1", 1234))
	require.Eventually(w.t, func() bool {
		return strings.HasPrefix(w.ledger("alpha", "shop"), "charge")
	}, patience, time.Millisecond)
	again := w.send(charge("k1", 1234))
	return once1234(w, wait(w.t, original), again)
}

// repeatOfSlowWork repeats when the processor has taken its time.
func repeatOfSlowWork(w *world) string {
	w.processor.hold()
	original := w.start(charge("k1", 1234))
	wait(w.t, w.processor.entered)
	w.clock.Move(5 * time.Second)
	again := w.start(charge("k1", 1234))
	select {
	case <-w.processor.entered:
	case a := <-again:
		again = filled(a)
	}
	w.processor.work()
	return once1234(w, wait(w.t, original), wait(w.t, again))
}

// comeBackWhileItWorks hangs up and repeats while the first attempt is still at work.
func comeBackWhileItWorks(w *world) string {
	w.processor.hold()
	conn := w.dial()
	_, err := conn.Write([]byte(charge("k1", 1234).request(w.address, "X-Watch: yes\r\n")))
	if err != nil {
		return err.Error()
	}
	client := wait(w.t, w.began)
	wait(w.t, w.processor.entered)
	if err := conn.Close(); err != nil {
		return err.Error()
	}
	wait(w.t, client.Done())
	again := w.start(charge("k1", 1234))
	select {
	case <-w.processor.entered:
	case a := <-again:
		again = filled(a)
	}
	w.processor.work()
	wait(w.t, w.ended)
	return once1234(w, wait(w.t, again))
}

func comeBackLater(w *world) string {
	w.leave(charge("k1", 1234), closed)
	w.settle(charge("k1", 1234))
	w.clock.Move(time.Minute)
	return once1234(w)
}

func repeatAfterRestart(w *world) string {
	original := w.send(charge("k1", 1234))
	w.restart()
	again := w.send(charge("k1", 1234))
	return first(w.shopHas(once("k1", 1234)), replays(original, again))
}

// killedWhileWorking retries a minute after the instance that was at work was killed.
func killedWhileWorking(w *world) string {
	lost := w.begin(charge("k1", 1234))
	w.restart()
	w.processor.work()
	wait(w.t, lost)
	w.clock.Move(time.Minute)
	return once1234(w)
}

// begin sends an attempt that stays at the processor until that works.
func (w *world) begin(a attempt) <-chan answer {
	w.processor.hold()
	sent := w.start(a)
	wait(w.t, w.processor.entered)
	return sent
}

// repeatTwiceAfterExpiry uses a key anew and then repeats that.
func repeatTwiceAfterExpiry(w *world) string {
	w.send(charge("k1", 5))
	w.clock.Move(24 * time.Hour)
	original := w.send(charge("k1", 5))
	return first(replays(original, w.send(charge("k1", 5))), w.shopHas(chargedTwice))
}

// beforeExpiryTwice meets each of two instances.
func beforeExpiryTwice(w *world) string {
	original := w.send(charge("k1", 1234))
	w.clock.Move(24*time.Hour - time.Minute)
	return first(
		replays(original, w.send(charge("k1", 1234))),
		replays(original, w.send(charge("k1", 1234))),
	)
}
