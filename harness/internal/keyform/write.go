package keyform

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"math"
	"regexp/syntax"
	"slices"
	"strings"
)

// writer writes a text that a regular expression matches, as the name of the text decides.
// Libraries for that prefer short and simple texts, which is right for finding mistakes in parsers;
// keys must be new each time, so that this one counts how many others there could have been.
type writer struct {
	seed uint64
	// classes are the characters of classes that were met.
	classes map[*syntax.Regexp][]byte
	// extra is how often more than it must a part is repeated, where it may.
	extra, maxLength int
	text             []byte
	// bits is the logarithm of how many texts could have been written.
	bits float64
	// drawn counts the numbers that were drawn, steps the parts that were written.
	drawn uint64
	steps int
}

// maxSteps bounds the work for one text: parts that are empty may be repeated in each other.
const maxSteps = 1 << 16

// newWriter begins texts of a name, of at most a few more characters than maxLength.
func newWriter(name string, maxLength int) *writer {
	sum := sha256.Sum256([]byte(name))
	return &writer{
		seed: binary.BigEndian.Uint64(sum[:]), classes: map[*syntax.Regexp][]byte{}, maxLength: maxLength,
	}
}

// write returns a copy of the writer after it wrote a text.
func (w *writer) write(re *syntax.Regexp, extra int) *writer {
	out := *w
	out.extra = extra
	out.part(re)
	return &out
}

func (w *writer) tooLong() bool { return len(w.text) > w.maxLength || w.steps > maxSteps }

// uuid is the UUID of a name, one of those that are made of random numbers (version 4).
func uuid(name string) string {
	sum := sha256.Sum256([]byte(name))
	sum[6], sum[8] = sum[6]&0x0f|0x40, sum[8]&0x3f|0x80
	text := hex.EncodeToString(sum[:16])
	return strings.Join([]string{text[:8], text[8:12], text[12:16], text[16:20], text[20:]}, "-")
}

// number returns one of n numbers, as the generator SplitMix64 draws them from the seed.
func (w *writer) number(n int) int {
	w.drawn++
	z := w.seed + w.drawn*0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	w.bits += math.Log2(float64(n))
	return int((z ^ z>>31) % uint64(n))
}

// part writes what a part of the expression matches. Positions, such as ^, are left to the check of
// the whole.
func (w *writer) part(re *syntax.Regexp) {
	if w.steps++; w.tooLong() {
		return
	}
	switch re.Op {
	case syntax.OpLiteral:
		w.text = append(w.text, string(re.Rune)...)
	case syntax.OpCharClass:
		w.character(re, re.Rune)
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		w.character(re, []rune{'!', '~'})
	case syntax.OpCapture, syntax.OpConcat:
		for _, sub := range re.Sub {
			w.part(sub)
		}
	case syntax.OpAlternate:
		w.oneOf(re.Sub)
	case syntax.OpQuest:
		w.repeat(re.Sub[0], 0, 1)
	case syntax.OpStar:
		w.repeat(re.Sub[0], 0, -1)
	case syntax.OpPlus:
		w.repeat(re.Sub[0], 1, -1)
	case syntax.OpRepeat:
		w.repeat(re.Sub[0], re.Min, re.Max)
	}
}

// repeat writes a part as often as it must be and extra times more, but not more often than it may;
// a negative bound is none.
func (w *writer) repeat(re *syntax.Regexp, minCount, maxCount int) {
	n := minCount + w.extra
	if maxCount >= 0 {
		n = min(n, maxCount)
	}
	for range n {
		if w.part(re); w.tooLong() {
			return
		}
	}
}

// oneOf writes one of several parts, of those that leave the most room: others make keys that were
// there before.
func (w *writer) oneOf(parts []*syntax.Regexp) {
	const nearly = 1 // bit
	best, room := 0.0, make([]float64, len(parts))
	for i, part := range parts {
		trial := *w
		trial.text, trial.bits = nil, 0
		trial.part(part)
		w.steps = trial.steps
		room[i] = trial.bits
		best = max(best, room[i])
	}
	var wide []*syntax.Regexp
	for i, part := range parts {
		if room[i] >= best-nearly {
			wide = append(wide, part)
		}
	}
	w.part(wide[w.number(len(wide))])
}

// character writes one of a class, given as pairs of first and last; one that has nothing visible
// gives what it has, and no key.
func (w *writer) character(class *syntax.Regexp, ranges []rune) {
	all, known := w.classes[class]
	if !known {
		all = visible(ranges)
		w.classes[class] = all
	}
	switch {
	case len(all) > 0:
		w.text = append(w.text, all[w.number(len(all))])
	case len(ranges) > 0:
		w.text = append(w.text, string(ranges[0])...)
	}
}

// visible lists the characters of a class that keys are usually made of: small letters and digits
// where there are any, else what of ASCII can be seen.
func visible(ranges []rune) []byte {
	var seen, usual []byte
	lower := false
	for c := byte('!'); c <= '~'; c++ {
		if !within(rune(c), ranges) || c == '"' || c == '\\' {
			continue
		}
		seen = append(seen, c)
		switch {
		case c >= 'a' && c <= 'z':
			lower = true
			fallthrough
		case c >= '0' && c <= '9', c >= 'A' && c <= 'Z':
			usual = append(usual, c)
		}
	}
	if len(usual) == 0 {
		return seen
	}
	return slices.DeleteFunc(usual, func(c byte) bool { return lower && c >= 'A' && c <= 'Z' })
}

func within(r rune, ranges []rune) bool {
	for i := 0; i+1 < len(ranges); i += 2 {
		if ranges[i] <= r && r <= ranges[i+1] {
			return true
		}
	}
	return false
}
