// Package openapi reads an OpenAPI document (3.0 or 3.1) and shows requests as it describes them:
// one operation with an idempotency key, what makes the things that it works on, and what lists
// its effects. Examples of the document come first, then what its constraints allow.
package openapi

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/idemcheck/idemcheck/harness/contract/meaning"
	"github.com/idemcheck/idemcheck/harness/contract/shown"
	"github.com/idemcheck/idemcheck/internal/lists"
)

// Options say what to look for.
type Options struct {
	// Operation is the operationId, or method and path such as "POST /orders"; "" takes the likeliest.
	Operation string
	// Base is what the document's URL is, for servers that are relative to it; "" when it is a file.
	Base string
}

// Described are requests that a document describes.
type Described struct {
	Operation        *shown.Call
	Creates, Ledgers []*shown.Call
	// Others are further operations that could have been taken.
	Others []string
}

// maxDocument bounds a document, in bytes.
const maxDocument = 32 << 20

// Read reads a document, in JSON or YAML. What is wrong with it is an error that says what to do.
func Read(data []byte, o Options) (*Described, error) {
	if len(data) > maxDocument {
		return nil, fmt.Errorf("the document has more than %d bytes\n"+
			"  next: cut out what is not needed", maxDocument)
	}
	doc, err := load(data)
	if err != nil {
		return nil, err
	}
	all := operations(doc)
	chosen, err := choose(all, o.Operation)
	if err != nil {
		return nil, err
	}
	w := &writer{doc: doc, all: all, base: server(doc, o.Base), made: map[string]*shown.Call{}}
	return w.write(chosen), nil
}

func load(data []byte) (doc *openapi3.T, err error) {
	loader := openapi3.NewLoader() // which follows no reference to another file
	doc, err = loader.LoadFromData(data)
	var outside *openapi3.DisallowedExternalRefError
	switch {
	case errors.As(err, &outside):
		return nil, fmt.Errorf("the document refers to another file, %s\n"+
			"  next: bundle it into one file first, as `redocly bundle` does", outside.Ref)
	case err != nil:
		return nil, fmt.Errorf("this is no OpenAPI document: %w\n"+
			"  next: give one of version 3.0 or 3.1, in JSON or YAML", err)
	case !strings.HasPrefix(doc.OpenAPI, "3."):
		return nil, fmt.Errorf("the document says openapi: %q\n"+
			"  next: convert it to version 3.0 or 3.1", doc.OpenAPI)
	case doc.Paths == nil || doc.Paths.Len() == 0:
		return nil, errors.New("the document has no paths\n  next: give one that describes operations")
	}
	return doc, nil
}

// operation is one operation of a document.
type operation struct {
	method, path string
	*openapi3.Operation
	parameters []*openapi3.Parameter
	// key is the header of its key, "" when there is none, and rank how sure that is.
	key  string
	rank int
}

// name is how people name it.
func (o *operation) name() string {
	if o.OperationID != "" {
		return o.OperationID
	}
	return o.method + " " + o.path
}

// operations lists all operations, by path.
func operations(doc *openapi3.T) []*operation {
	var out []*operation
	for _, path := range slices.Sorted(maps.Keys(doc.Paths.Map())) {
		item := doc.Paths.Value(path)
		if item == nil {
			continue
		}
		for _, method := range []string{
			http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodGet,
		} {
			if op := item.GetOperation(method); op != nil {
				o := &operation{method: method, path: path, Operation: op}
				o.parameters = append(known(op.Parameters), known(item.Parameters)...)
				o.findKey()
				out = append(out, o)
			}
		}
	}
	return out
}

func known(all openapi3.Parameters) []*openapi3.Parameter {
	defined := lists.Where(all, func(p *openapi3.ParameterRef) bool {
		return p != nil && p.Value != nil
	})
	return lists.Map(defined, func(p *openapi3.ParameterRef) *openapi3.Parameter { return p.Value })
}

// findKey finds the header of the key by its name, then by its description, or a field of the body.
func (o *operation) findKey() {
	for _, p := range o.parameters {
		if p.In != openapi3.ParameterInHeader {
			continue
		}
		rank := meaning.KeyRank(p.Name)
		if meaning.TellsKey(p.Description) {
			rank += 50
		}
		if rank > o.rank {
			o.key, o.rank = p.Name, rank
		}
	}
	if schema, _ := body(o.Operation); o.rank == 0 && schema != nil {
		for name := range properties(schema.Value) {
			if rank := meaning.KeyRank(name); rank >= 60 {
				o.rank = max(o.rank, rank)
			}
		}
	}
}

// changes reports whether an operation is one that callers want done once.
func (o *operation) changes() bool { return o.method != http.MethodGet }

// choose takes the operation of a name, or the likeliest: one with a key, then one that is posted.
func choose(all []*operation, name string) (*operation, error) {
	var best *operation
	for _, o := range all {
		if name != "" && (o.OperationID == name || o.method+" "+o.path == name) {
			return o, nil
		}
		if o.changes() && (best == nil || o.isLikelier(best)) {
			best = o
		}
	}
	switch {
	case name != "":
		return nil, fmt.Errorf("the document has no operation %q\n  next: name one of: %s",
			name, strings.Join(names(all), ", "))
	case best == nil:
		return nil, errors.New("the document has no operation that changes something\n" +
			"  next: give one with POST, PUT, PATCH or DELETE")
	}
	return best, nil
}

func (o *operation) isLikelier(other *operation) bool {
	if o.rank != other.rank {
		return o.rank > other.rank
	}
	return o.score() > other.score()
}

// score prefers an operation that creates something in a collection that can be listed.
func (o *operation) score() int {
	n := 0
	if o.method == http.MethodPost {
		n += 4
	}
	if !strings.HasSuffix(o.path, "}") && meaning.Singular(o.path) != o.path {
		n += 2
	}
	if schema, _ := body(o.Operation); schema != nil {
		for name := range properties(schema.Value) {
			if meaning.IsQuantity(name) {
				n++
				break
			}
		}
	}
	return n - strings.Count(o.path, "{")
}

func names(all []*operation) []string {
	changing := lists.Where(all, (*operation).changes)
	return lists.Map(changing[:min(len(changing), 20)], (*operation).name)
}
