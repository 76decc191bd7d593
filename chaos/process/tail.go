package process

import "strings"

// tail are the last lines.
func (o *output) tail() string {
	all := strings.Split(strings.TrimSpace(strings.ToValidUTF8(string(o.all()), "")), "\n")
	if len(all) > lines {
		all = all[len(all)-lines:]
	}
	return strings.Join(all, "\n")
}
