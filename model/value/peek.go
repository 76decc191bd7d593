package value

import (
	"encoding/json"
	"strings"
)

// peek finds a top-level field of a JSON object without decoding the rest, because decoding answers
// is most of the work of judging. It is sure only of objects in plain spelling, down to the last
// byte of the object: whatever else it meets, it leaves to encoding/json.
func peek(body, name string) (value any, sure bool) {
	p := peeker{text: body}
	p.space()
	if !p.eat('{') {
		return nil, false
	}
	for first := true; ; first = false {
		p.space()
		if first && p.eat('}') {
			return value, true
		}
		key, plain := p.plain()
		p.space()
		if !plain || !p.eat(':') {
			return nil, false
		}
		p.space()
		from := p.at
		if !p.skip(0) {
			return nil, false
		}
		if key == name {
			if value, sure = literal(body[from:p.at]); !sure {
				return nil, false
			}
		}
		p.space()
		if p.eat('}') {
			return value, true
		}
		if !p.eat(',') {
			return nil, false
		}
	}
}

// literal is the value of a literal that [peeker.skip] accepted; objects and lists are none.
func literal(raw string) (any, bool) {
	switch raw[0] {
	case '"':
		return raw[1 : len(raw)-1], true
	case 't', 'f':
		return raw[0] == 't', true
	case 'n':
		return nil, true
	case '{', '[':
		return nil, false
	}
	return json.Number(raw), true
}

// peeker reads JSON strictly and knows no escapes and nothing outside ASCII.
type peeker struct {
	text string
	at   int
}

func (p *peeker) eat(c byte) bool {
	if p.at < len(p.text) && p.text[p.at] == c {
		p.at++
		return true
	}
	return false
}

func (p *peeker) space() {
	for p.at < len(p.text) && strings.IndexByte(" \t\r\n", p.text[p.at]) >= 0 {
		p.at++
	}
}

// plain reads a text without escapes.
func (p *peeker) plain() (string, bool) {
	if !p.eat('"') {
		return "", false
	}
	for from := p.at; p.at < len(p.text); p.at++ {
		switch c := p.text[p.at]; {
		case c == '"':
			p.at++
			return p.text[from : p.at-1], true
		case c == '\\' || c < ' ' || c > '~':
			return "", false
		}
	}
	return "", false
}

// deepest is how deep values may be nested here.
const deepest = 20

// skip reads over a value.
func (p *peeker) skip(depth int) bool {
	if p.at == len(p.text) || depth > deepest {
		return false
	}
	switch p.text[p.at] {
	case '"':
		_, ok := p.plain()
		return ok
	case '{':
		return p.each('}', func() bool {
			_, ok := p.plain()
			p.space()
			if !ok || !p.eat(':') {
				return false
			}
			p.space()
			return p.skip(depth + 1)
		})
	case '[':
		return p.each(']', func() bool { return p.skip(depth + 1) })
	case 't':
		return p.word("true")
	case 'f':
		return p.word("false")
	case 'n':
		return p.word("null")
	}
	return p.number()
}

// each reads the elements of an object or a list to its end.
func (p *peeker) each(end byte, element func() bool) bool {
	p.at++
	p.space()
	if p.eat(end) {
		return true
	}
	for {
		p.space()
		if !element() {
			return false
		}
		p.space()
		if p.eat(end) {
			return true
		}
		if !p.eat(',') {
			return false
		}
	}
}

func (p *peeker) word(word string) bool {
	ok := strings.HasPrefix(p.text[p.at:], word)
	p.at += len(word)
	return ok
}

// number reads an integer; whatever looks like a fraction is not for this reader.
func (p *peeker) number() bool {
	p.eat('-')
	from := p.at
	for p.at < len(p.text) && p.text[p.at] >= '0' && p.text[p.at] <= '9' {
		p.at++
	}
	n := p.at - from
	odd := p.at < len(p.text) && strings.IndexByte(".eE", p.text[p.at]) >= 0
	return n > 0 && !odd && (n == 1 || p.text[from] != '0')
}
