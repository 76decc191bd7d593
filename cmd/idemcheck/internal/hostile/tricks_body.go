package hostile

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// texts are bodies that are not what they should be.
func texts() []Trick {
	return []Trick{
		fixed("empty", ""),
		fixed("null", "null"),
		fixed("a word", "hello"),
		fixed("a page", "<!DOCTYPE html><html><body>maintenance</body></html>"),
		fixed("a list", "[]"),
		fixed("a text", `"done"`),
		fixed("true", "true"),
		fixed("an empty object", "{}"),
		fixed("items that are no objects", `{"payments":[1,"x",null,[]],"id":1,"balance":1}`),
		fixed("items that are no list", `{"payments":{},"id":{},"balance":{}}`),
		body("half", func(right string) string { return right[:len(right)/2] }),
		body("twice", func(right string) string { return right + right }),
		body("text behind it", func(right string) string { return right + " <!-- -->" }),
		body("a byte order mark", func(right string) string { return "\ufeff" + right }),
		body("UTF-16", func(right string) string {
			return strings.Join(strings.Split(right, ""), "\x00")
		}),
		fixed("invalid UTF-8",
			"{\"id\":\"\xff\xfe\xc0\",\"balance\":\"\xff\",\"payments\":[{\"id\":\"\xff\"}]}"),
		fixed("zero bytes", "{\"id\":\"a\x00b\"}"),
		fixed("10,000 levels", nested(10_000)),
		fixed("200,000 levels", nested(200_000)),
		body("a field twice", func(right string) string { return `{"id":"x","balance":1,` + right[1:] }),
	}
}

// nested is an object that holds lists in lists.
func nested(levels int) string {
	deep := strings.Repeat("[", levels) + strings.Repeat("]", levels)
	return fmt.Sprintf(`{"id":%s,"balance":%s,"payments":[%s]}`, deep, deep, deep)
}

// values are numbers and texts that are not nice.
func values() []Trick {
	number := func(value string) Trick { return body("the number "+value, everyNumber(value)) }
	id := func(name, value string) Trick { return body("an id that is "+name, replaced("id", value)) }
	return []Trick{
		number("1e400"), number("1e999999999"), number("NaN"), number("-Infinity"), number("-0"),
		number("1e-400"), number("9223372036854775808"), number("0.1"),
		body("a number of a million digits", everyNumber(strings.Repeat("7", 1_000_000))),
		id("null", "null"), id("empty", `""`), id("1e400", "1e400"), id("a list", "[]"),
		id("a path", `"../../x?y#z"`), id("a line", `"x\r\nX-Evil: 1"`),
		id("an escape sequence", `"\u001b]0;owned\u0007\u001b[2J"`),
		id("a control character", `"\u009b2J\u0085"`),
		id("right to left", `"\u202egnp.exe\u2066"`),
		id("markup", `"]]><script>alert(1)</script>"`),
		id("shell", "\"'; touch owned; $(touch owned) `touch owned`\""),
	}
}

// large are bodies that are too much.
func large() []Trick {
	return append(severe(
		body("an id of a megabyte", replaced("id", `"`+strings.Repeat("x", 1<<20)+`"`)),
		body("5 MB of padding", func(right string) string {
			return `{"padding":"` + strings.Repeat("x", 5<<20) + `",` + right[1:]
		}),
		body("a megabyte of escapes", func(right string) string {
			return `{"padding":"` + strings.Repeat("\x01\xff", 1<<19) + `",` + right[1:]
		}),
		endless("endless text", "x"),
		endless("endless blanks", " "),
		Trick{Name: "100 MB", Serve: func(w http.ResponseWriter, _ *http.Request, a RightAnswer) {
			w.WriteHeader(a.Status)
			repeat(w, strings.Repeat("x", 1<<20), 100, 0)
		}},
		packed("a bomb of blanks", squeezed(strings.Repeat(" ", 1<<20), 1000)),
		packed("a bomb of text", squeezed(strings.Repeat("x", 1<<20), 1000)),
		items("100,000 items", 100_000),
		items("1,000,000 items", 1_000_000),
	),
		Trick{Name: "gzip", Serve: func(w http.ResponseWriter, r *http.Request, a RightAnswer) {
			packed("", squeezed(a.Body, 1)).Serve(w, r, a)
		}},
		packed("broken gzip", []byte("\x1f\x8bnot gzip at all")),
		packed("cut gzip", squeezed(strings.Repeat("x", 1000), 1)[:20]),
		header("an encoding that nobody knows", encoded("zz")),
		header("an encoding that is another", encoded("gzip")),
	)
}

// encoded says that a body is encoded, which it is not.
func encoded(as string) func(http.Header) {
	return func(h http.Header) { h.Set("Content-Encoding", as) }
}

// endless writes a text for ever.
func endless(name, text string) Trick {
	return Trick{Name: name, Serve: func(w http.ResponseWriter, _ *http.Request, a RightAnswer) {
		w.WriteHeader(a.Status)
		repeat(w, strings.Repeat(text, 1<<16), 0, 0)
	}}
}

// packed answers with a body that is said to be gzip.
func packed(name string, content []byte) Trick {
	return Trick{Name: name, Serve: func(w http.ResponseWriter, _ *http.Request, a RightAnswer) {
		w.Header().Set("Content-Encoding", "gzip")
		w.WriteHeader(a.Status)
		_, _ = w.Write(content) // whoever asked may have gone
	}}
}

// squeezed is a text, so many times, as gzip: each time is a stream of its own, as gzip allows, so
// that a gigabyte need not be squeezed.
func squeezed(text string, times int) []byte {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	_, _ = io.WriteString(z, text) // a buffer takes everything
	_ = z.Close()
	return bytes.Repeat(out.Bytes(), times)
}

// items answers with a list of so many items that nobody asked for.
func items(name string, n int) Trick {
	return Trick{Name: name, Serve: func(w http.ResponseWriter, _ *http.Request, a RightAnswer) {
		w.WriteHeader(a.Status)
		_, _ = io.WriteString(w, `{"id":"x","balance":1,"payments":[`)
		for i := range n {
			if _, err := fmt.Fprintf(w, `{"id":"i%d","key":"k%d","amount":1},`, i, i); err != nil {
				return
			}
		}
		_, _ = io.WriteString(w, `{"id":"last"}]}`)
	}}
}
