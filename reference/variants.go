package reference

import (
	"slices"
	"time"
)

// Variant is another way to be right: a service that keeps other promises than the IETF draft's.
type Variant struct {
	// Name is what Options.Variant takes.
	Name string
	// Dialect names the public dialect that it speaks: "ietf", "stripe", "adyen" and so on.
	Dialect string
	// Promise is one sentence on what it promises instead, and Suspicion is what a naive oracle would
	// accuse it of.
	Promise, Suspicion string
	// change turns the steps of the draft into the variant's.
	change func(*policy)
}

// forEver is how long a key is kept that is never forgotten.
const forEver = 100 * 365 * 24 * time.Hour

// Variants lists the right variants.
func Variants() []Variant {
	return slices.Concat(draftVariants(), standardVariants(), providerVariants())
}

// draftVariants make use of what the draft leaves open, or declare one thing otherwise.
func draftVariants() []Variant {
	return []Variant{
		{
			Name: "blocks", Dialect: "ietf",
			Promise:   "A duplicate in flight waits and gets the first answer.",
			Suspicion: "Two attempts at once, both acknowledged, and no conflict.",
			change:    func(p *policy) { p.claim = newQueues().claim },
		},
		{
			Name: "accepts-in-flight", Dialect: "ietf",
			Promise:   "A duplicate in flight gets 202, which says nothing about the outcome.",
			Suspicion: "A 2xx answer, and perhaps nothing was done.",
			change:    func(p *policy) { p.inFlight = acceptInFlight },
		},
		{
			Name: "acknowledges", Dialect: "ietf",
			Promise:   "A repeat of what was done gets 200 and a word instead of the first answer.",
			Suspicion: "A repeat is answered with another status and another body.",
			change:    func(p *policy) { p.replay = acknowledge },
		},
		{
			Name: "unmarked", Dialect: "ietf",
			Promise:   "A replay looks like a first answer.",
			Suspicion: "Two answers look like first ones, so it must have executed twice.",
			change:    func(p *policy) { p.replay = replayUnmarked },
		},
		{
			Name: "mismatch-replayed", Dialect: "ietf",
			Promise:   "Another payload under a used key gets the first answer.",
			Suspicion: "An operation was acknowledged and has no effect.",
			change:    func(p *policy) { p.mismatch = replayWhatever },
		},
		{
			Name: "one-key-per-body", Dialect: "ietf",
			Promise:   "A body that came before is refused under another key; in flight means 423.",
			Suspicion: "A new operation is refused for an earlier one.",
			change: func(p *policy) {
				p.find, p.save, p.replay = findByKeyOrBody, saveByKeyAndBody, refuseOtherKey
				p.inFlight = inFlightAs(423)
			},
		},
		{
			Name: "scoped-by-tenant", Dialect: "ietf",
			Promise:   "A key belongs to its tenant on all routes: on another one it is refused.",
			Suspicion: "An operation that was never sent before is refused as a repeat.",
			change:    func(p *policy) { p.scope = func(at *attempt) string { return at.tenant } },
		},
		{
			Name: "forgets-soon", Dialect: "ietf",
			Promise:   "A key is remembered for a second; afterwards it is as good as new.",
			Suspicion: "A retry that comes late executes again.",
			change:    func(p *policy) { p.lifetime = lasting(time.Second) },
		},
		{
			Name: "refuses-expired", Dialect: "ietf",
			Promise:   "A key whose retention is over is refused with 410.",
			Suspicion: "A retry of what was done is refused.",
			change: func(p *policy) {
				p.lifetime, p.replay = lasting(forEver), unlessExpired(410, replayStored)
			},
		},
	}
}

// standardVariants speak the dialects that are nobody's own.
func standardVariants() []Variant {
	return []Variant{
		{
			Name: "oasis-repeatable", Dialect: "oasis-repeatable",
			Promise: "Keys come as Repeatability-Request-ID with -First-Sent; a 5xx is executed again, " +
				"an expired key gets 412.",
			Suspicion: "A 500 is not replayed, and a retry of what was done is refused.",
			change: func(p *policy) {
				p.key = repeatabilityKey
				p.mismatch, p.respond = mismatchAs(400), transientAs500
				p.lifetime, p.replay = lasting(forEver), unlessExpired(412, replayUnmarked)
			},
		},
		{
			Name: "ack-only", Dialect: "ack-only",
			Promise:   "A repeat of what was done gets the error \"already done\" and no answer.",
			Suspicion: "A retry fails although its operation was executed.",
			change: func(p *policy) {
				p.key, p.keep, p.replay = bareKey("Idempotency-Key", maxKey), keepSuccess, refuseDone
				p.inFlight = inFlightAs(503)
			},
		},
		{
			Name: "moov", Dialect: "moov",
			Promise:   "Whatever is wrong with a key gets 409: in flight, done, or another payload.",
			Suspicion: "A key seems to be in flight for ever.",
			change: func(p *policy) {
				p.key, p.keep, p.replay = bareKey("X-Idempotency-Key", maxKey), keepSuccess, refuseDone
				p.mismatch, p.lifetime = mismatchAs(409), lasting(forEver)
			},
		},
	}
}

// providerVariants answer as well-known providers do.
func providerVariants() []Variant {
	return []Variant{
		{
			Name: "stripe", Dialect: "stripe",
			Promise:   "Keys are bare and optional; another payload gets 400.",
			Suspicion: "Without a key every attempt executes.",
			change: func(p *policy) {
				p.key, p.mismatch = bareKey("Idempotency-Key", maxKey), mismatchAs(400)
			},
		},
		{
			Name: "stripe-v2", Dialect: "stripe-v2",
			Promise:   "Work that failed is tried again; a replay shows today's state, for 30 days.",
			Suspicion: "A refusal gives way to a success, and two answers differ.",
			change: func(p *policy) {
				p.key, p.keep = bareKey("Idempotency-Key", maxKey), keepSuccess
				p.replay, p.lifetime = unmarked(replayCurrentState), lasting(30*24*time.Hour)
			},
		},
		{
			Name: "adyen", Dialect: "adyen",
			Promise: "A duplicate in flight gets 422 and transient-error: true; a key of up to 64 " +
				"characters is remembered for seven days at least, here for fourteen.",
			Suspicion: "422 in flight looks like a key used for another payload.",
			change: func(p *policy) {
				p.key, p.inFlight = bareKey("Idempotency-Key", 64), inFlightAs(422)
				p.respond, p.lifetime = tellTransient, lasting(14*24*time.Hour)
				p.replay = replayUnmarked
			},
		},
		{
			Name: "paypal", Dialect: "paypal",
			Promise:   "A replay shows the current state of what the first attempt made.",
			Suspicion: "Two answers to one operation differ.",
			change: func(p *policy) {
				p.key, p.replay = bareKey("PayPal-Request-Id", maxKey), unmarked(replayCurrentState)
			},
		},
		{
			Name: "checkout", Dialect: "checkout",
			Promise:   "Only successes are stored.",
			Suspicion: "A stored refusal is executed again.",
			change: func(p *policy) {
				p.key, p.keep = bareKey("Cko-Idempotency-Key", maxKey), keepSuccess
				p.replay = replayUnmarked
			},
		},
	}
}
