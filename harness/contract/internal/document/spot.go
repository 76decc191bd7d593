package document

import "github.com/goccy/go-yaml/ast"

// takeSpots reads a mapping under id of a resource, and under identity of an answer, as what the
// model calls id_from and identity_from, and reports whether there was any.
func takeSpots(root ast.Node) bool {
	found := false
	resources, _ := pairs(unwrapped(valueOf(root, "resources")))
	for _, one := range resources {
		found = rename(one.Value, "id", "id_from") || found
	}
	operations, _ := pairs(unwrapped(valueOf(root, "operations")))
	for _, one := range operations {
		found = rename(valueOf(unwrapped(one.Value), "answer"), "identity", "identity_from") || found
	}
	return found
}

// rename gives a field of a mapping another name where its value is a mapping itself.
func rename(node ast.Node, field, name string) bool {
	lines, _ := pairs(unwrapped(node))
	for _, line := range lines {
		_, mapping := pairs(unwrapped(line.Value))
		key, text := line.Key.(*ast.StringNode)
		if mapping && text && keyName(line) == field {
			key.Value, key.Token.Value = name, name
			return true
		}
	}
	return false
}
