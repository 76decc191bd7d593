package contractdoc

import (
	"encoding/json"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/model/exchange"
	"github.com/idemcheck/idemcheck/model/value"
)

// object is a part of a JSON schema.
type object = map[string]any

// sources lists the Go files of a package, those of tests apart.
func sources(folder string) ([]string, error) {
	names, err := filepath.Glob(filepath.Join(folder, "*.go"))
	return slices.DeleteFunc(names, func(n string) bool { return strings.HasSuffix(n, "_test.go") }), err
}

// schema is the JSON schema (draft 7) of a contract, for editors.
func (l *language) schema(t *testing.T) []byte {
	t.Helper()
	definitions := object{}
	for _, s := range l.sections[1:] {
		definitions[s.name] = l.struct_(s)
	}
	out := l.struct_(l.sections[0])
	out["properties"].(object)["include"] = object{
		"description": includeDoc, "type": []string{"string", "array"}, "items": object{"type": "string"},
	}
	out["$schema"] = "http://json-schema.org/draft-07/schema#"
	out["title"] = "idemcheck.yaml"
	out["definitions"] = definitions
	// Parts of a contract may stand in files that it includes, so that no part is required of one file.
	out["required"] = []string{}
	text, err := json.MarshalIndent(out, "", "  ")
	require.NoError(t, err)
	return append(text, '\n')
}

// struct_ is the schema of a section.
func (l *language) struct_(s *section) object {
	properties, required := object{}, []string{}
	for _, f := range s.fields {
		one := l.shape(f.typ)
		if allowed := words[strings.ToLower(s.name)+"."+f.name]; allowed != nil {
			one = wordsOf(f.typ, allowed)
		}
		if spotted[strings.ToLower(s.name)+"."+f.name] {
			one = either(one, l.shape(reflect.TypeFor[exchange.Spot]()))
		}
		if _, reference := one["$ref"]; !reference {
			one["description"] = plain(f.doc, l, s)
		}
		properties[f.name] = one
		if f.required {
			required = append(required, f.name)
		}
	}
	return object{
		"type": "object", "properties": properties, "required": required, "additionalProperties": false,
	}
}

// wordsOf is the schema of a field that holds one of some words, or a list of them.
func wordsOf(t reflect.Type, allowed []string) object {
	if t.Kind() == reflect.Slice {
		return object{"type": "array", "items": object{"enum": allowed}}
	}
	return object{"enum": allowed}
}

// spotted are the fields that may hold a mapping instead, which says where else a name stands.
var spotted = map[string]bool{"resourcetype.id": true, "answertype.identity": true}

// either is the schema of what may be written in two ways.
func either(one, other object) object { return object{"anyOf": []object{one, other}} }

// shape is the schema of a type. A text may be written without quotes, as a number is.
func (l *language) shape(t reflect.Type) object {
	if t == reflect.TypeFor[value.Duration]() {
		return object{"type": "string", "pattern": `^(auto|([0-9]+(\.[0-9]+)?(ns|us|µs|ms|s|m|h))+|0)$`}
	}
	if t == reflect.TypeFor[exchange.Logins]() {
		one := l.shape(t.Elem())
		return either(object{"type": "array", "items": one}, one)
	}
	switch t.Kind() {
	case reflect.Pointer:
		return l.shape(t.Elem())
	case reflect.Struct:
		return object{"$ref": "#/definitions/" + t.Name()}
	case reflect.Slice:
		return object{"type": "array", "items": l.shape(t.Elem())}
	case reflect.Map:
		return object{"type": "object", "additionalProperties": l.shape(t.Elem())}
	case reflect.Bool:
		return object{"type": "boolean"}
	case reflect.String:
		return object{"type": []string{"string", "number", "boolean"}}
	case reflect.Interface:
		return object{}
	}
	return object{"type": "integer"}
}
