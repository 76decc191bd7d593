package address

import (
	"cmp"
	"path/filepath"
	"slices"
	"strings"

	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/launch"
	"github.com/idemcheck/idemcheck/model/route"
)

// Anchor makes the files that a target names those of a folder, so that they are found from
// everywhere. What begins with a reference to the environment stays as it is.
func Anchor(t *model.TargetSettings, folder string) {
	whole, err := filepath.Abs(folder)
	if err != nil {
		return // the working folder is gone: files are looked for there, and the error names them
	}
	if path, is := route.Socket(t.URL); is {
		t.URL = "unix:" + anchored(path, whole)
	}
	t.Replicas = slices.Clone(t.Replicas)
	for i, one := range t.Replicas {
		if path, is := route.Socket(one); is {
			t.Replicas[i] = "unix:" + anchored(path, whole)
		}
	}
	if t.TLS == nil {
		return
	}
	for _, file := range []*string{&t.TLS.CA, &t.TLS.Cert, &t.TLS.Key} {
		*file = anchored(*file, whole)
	}
}

func anchored(file, folder string) string {
	if file == "" || filepath.IsAbs(file) || strings.HasPrefix(file, "${") {
		return file
	}
	return filepath.Join(folder, file)
}

// AnchorStart returns how a service is started with the folder in which it runs made absolute: it
// is relative to the contract's.
func AnchorStart(s *launch.Start, folder string) *launch.Start {
	whole, err := filepath.Abs(folder)
	if s == nil || err != nil {
		return s
	}
	out := *s
	out.Dir = anchored(cmp.Or(s.Dir, "."), whole)
	return &out
}
