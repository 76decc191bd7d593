package judge

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/judge/internal/state"
)

// effort bounds one search, in executions of the specification: about ten seconds. It is counted
// and not timed, so that a history has one verdict everywhere.
const effort = 5_000_000

// found is what a search came to.
type found int

const (
	explained found = iota
	impossible
	gaveUp
)

// open is when a step ends of which nobody saw the end.
const open = time.Duration(math.MaxInt64)

// step is one execution of an operation, as far as it is known.
type step struct {
	op *operationView
	// certain: it executed. Otherwise it may have, or not.
	certain bool
	// answer is the ok answer to compare, or nil.
	answer *model.Answer
	// call and end bound when it executed; end is [open] when no answer bounds it.
	call, end time.Duration
	// hint is its place in the ledger, which shows the order in which most services execute. It
	// decides what is tried first and nothing else.
	hint int
	// done while the order that is being tried has it.
	done bool
	// hash stands for the step in the fingerprint of what is done.
	hash uint64
}

// constrained reports whether an answer says in which states the step fits, so that trying it costs
// little.
func (s *step) constrained() bool { return s.answer != nil }

// search looks for an order of steps that the specification, the answers, real time and the final
// state allow. It goes from one end of a step to the next and executes nothing earlier than needed:
// an operation that has ended must be in the order by then, after as few of the others as possible.
// Which orders lead nowhere is remembered by what they executed and the state they led to.
type search struct {
	spec  model.Spec
	steps []*step
	// ends are the steps that end, by their end; calls all of them, by their call.
	ends, calls []*step
	called      int
	// open are the steps that may be executed next, by hint.
	open  []*step
	state *state.Working
	final model.State
	// doing is the fingerprint of what is done.
	doing uint64
	dead  map[deadEnd]bool
	left  int
}

// deadEnd is a situation that leads nowhere: before which end, with how many free choices, what is
// done and what that led to.
type deadEnd struct {
	end, free  int
	done, vars uint64
}

// run searches. Steps must not be shared with another search.
func (x *search) run() found {
	x.left, x.dead = effort, map[deadEnd]bool{}
	for i, s := range x.steps {
		s.hash = state.Scatter(uint64(i) + 1)
		s.end = max(s.end, s.call)
		if s.end != open {
			x.ends = append(x.ends, s)
		}
	}
	x.calls = slices.Clone(x.steps)
	slices.SortStableFunc(x.calls, func(a, b *step) int { return cmp.Compare(a.call, b.call) })
	slices.SortStableFunc(x.ends, func(a, b *step) int { return cmp.Compare(a.end, b.end) })
	switch {
	case x.from(0):
		return explained
	case x.left <= 0:
		return gaveUp
	}
	return impossible
}

// from explains the ends from number i on, and the final state.
func (x *search) from(i int) bool {
	for i < len(x.ends) && x.ends[i].done {
		i++
	}
	here := x.here(i, entered)
	if x.dead[here] || x.left <= 0 {
		return false
	}
	before := x.called
	defer func() { x.uncall(before) }()
	if i < len(x.ends) {
		x.call(x.ends[i].end)
	} else {
		x.call(open)
	}
	if i < len(x.ends) && x.hinted(x.ends[i], i) || x.deepening(i) {
		return true
	}
	x.dead[here] = true
	return false
}

// deepening explains the next end, or the final state, with as few unconstrained steps as possible.
func (x *search) deepening(i int) bool {
	maxCount := 0
	for _, s := range x.open {
		maxCount += x.spent(s, i)
	}
	for free := 0; free <= maxCount && x.left > 0; free++ {
		if i < len(x.ends) && x.before(x.ends[i], i, free) || i == len(x.ends) && x.finish(free) {
			return true
		}
	}
	return false
}

// entered is the number of free choices of a situation in which none was made yet.
const entered = -1

// here is the present situation.
func (x *search) here(end, free int) deadEnd { return deadEnd{end, free, x.doing, x.state.Sum()} }

// hinted tries what the ledger suggests: first the open steps that it lists earlier.
func (x *search) hinted(next *step, i int) bool {
	var first []*step
	for _, s := range x.open {
		if s.hint >= next.hint {
			break
		}
		if s.certain {
			first = append(first, s)
		}
	}
	if len(first) == 0 {
		return false
	}
	return x.inTurn(append(first, next), func() bool { return x.from(i + 1) })
}

// inTurn executes steps one after another and goes on; it takes them back when that leads nowhere.
func (x *search) inTurn(steps []*step, goOn func() bool) bool {
	var undo []undone
	ok := true
	for _, s := range steps {
		var u undone
		if u, ok = x.execute(s); !ok {
			break
		}
		undo = append(undo, u)
	}
	if ok && goOn() {
		return true
	}
	for _, u := range slices.Backward(undo) {
		x.takeBack(u)
	}
	return false
}

// before executes next, after others of which at most free are unconstrained, and goes on from
// there.
func (x *search) before(next *step, i, free int) bool {
	if x.left <= 0 {
		return false
	}
	here := x.here(i, free)
	if x.dead[here] {
		return false
	}
	if x.then(next, func() bool { return x.from(i + 1) }) {
		return true
	}
	for _, s := range slices.Clone(x.open) {
		left := free - x.spent(s, i)
		if s == next || left < 0 {
			continue
		}
		if x.then(s, func() bool { return x.before(next, i, left) }) {
			return true
		}
	}
	x.dead[here] = true
	return false
}

// spent is how many of the free choices a step takes: an answer leaves none, and at the end what
// certainly executed does not either.
func (x *search) spent(s *step, i int) int {
	if s.constrained() || i == len(x.ends) && s.certain {
		return 0
	}
	return 1
}

// then executes one step and goes on; it takes it back when that leads nowhere.
func (x *search) then(s *step, goOn func() bool) bool {
	u, ok := x.execute(s)
	if !ok || goOn() {
		return ok
	}
	x.takeBack(u)
	return false
}

// finish executes what must have been executed and is left, with at most free of the uncertain
// steps, and compares the final state.
func (x *search) finish(free int) bool {
	here := x.here(len(x.ends), free)
	if x.left <= 0 || x.dead[here] {
		return false
	}
	var certain []*step
	for _, s := range x.open {
		if s.certain {
			certain = append(certain, s)
		}
	}
	if len(certain) == 0 && x.state.Agrees(x.final) {
		return true
	}
	if len(certain) > 1 && x.inTurn(certain, func() bool { return x.finish(free) }) {
		return true
	}
	for _, s := range slices.Clone(x.open) {
		left := free - x.spent(s, len(x.ends))
		if left >= 0 && x.then(s, func() bool { return x.finish(left) }) {
			return true
		}
	}
	x.dead[here] = true
	return false
}

// call opens the steps that begin no later than a time: those that begin when another one ends may
// come before it.
func (x *search) call(until time.Duration) {
	for x.called < len(x.calls) && x.calls[x.called].call <= until {
		x.opening(x.calls[x.called])
		x.called++
	}
}

// uncall takes back what was opened since.
func (x *search) uncall(since int) {
	for x.called > since {
		x.called--
		x.closing(x.calls[x.called])
	}
}

func (x *search) place(s *step) (int, bool) {
	return slices.BinarySearchFunc(x.open, s, func(a, b *step) int {
		return cmp.Or(cmp.Compare(a.hint, b.hint), cmp.Compare(a.hash, b.hash))
	})
}

func (x *search) opening(s *step) {
	i, _ := x.place(s)
	x.open = slices.Insert(x.open, i, s)
}

func (x *search) closing(s *step) {
	if i, there := x.place(s); there {
		x.open = slices.Delete(x.open, i, i+1)
	}
}

// undone is what takes an execution back.
type undone struct {
	step *step
	vars []state.Undo
}

// execute executes a step in the present state, if it can and its answer fits.
func (x *search) execute(s *step) (undone, bool) {
	x.left--
	next, answer, ok := x.spec.Apply(x.state.Of(s.op.Operation), s.op.Operation)
	if !ok || !agrees(s.answer, answer) {
		return undone{}, false
	}
	x.closing(s)
	s.done = true
	x.doing ^= s.hash
	return undone{s, x.state.Change(next)}, true
}

func (x *search) takeBack(u undone) {
	x.state.Restore(u.vars)
	x.doing ^= u.step.hash
	u.step.done = false
	x.opening(u.step)
}
