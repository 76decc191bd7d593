package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"

	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/exit"
)

// built says from what this binary was built. What nobody knows is empty.
type built struct {
	// Version is the module's version, or "devel" for a build that has none.
	Version string `json:"version"`
	// Revision and Time are the commit's, Time in RFC 3339; Modified: the files differed from it.
	Revision string `json:"revision,omitempty"`
	Time     string `json:"time,omitempty"`
	Modified bool   `json:"modified,omitempty"`
	// Go is the version of Go, Platform the system and the processor, such as "linux/amd64".
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

// thisBuild returns what the go command wrote into this binary.
func thisBuild() built {
	info, _ := debug.ReadBuildInfo()
	return builtFrom(info)
}

// builtFrom reads build information, which may be nil: some builds carry none.
func builtFrom(info *debug.BuildInfo) built {
	out := built{
		Version: "devel", Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH,
	}
	if info == nil {
		return out
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		out.Version = v
	}
	out.Go = cmp.Or(info.GoVersion, out.Go)
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			out.Revision = s.Value
		case "vcs.time":
			out.Time = s.Value
		case "vcs.modified":
			out.Modified = s.Value == "true"
		}
	}
	return out
}

// String returns the facts as a line: version, commit where it is known, Go, platform.
func (b built) String() string {
	parts := []string{"idemcheck " + b.Version}
	if b.Revision != "" {
		commit := "commit " + b.Revision[:min(12, len(b.Revision))]
		if b.Time != "" {
			commit += " of " + b.Time
		}
		if b.Modified {
			commit += ", modified"
		}
		parts = append(parts, commit)
	}
	return strings.Join(append(parts, b.Go, b.Platform), " · ")
}

// version prints from what the binary was built.
func newVersion(a *app) *cobra.Command {
	var format string
	c := &cobra.Command{
		Use:   "version",
		Short: "Print the version, the commit and the Go version of this binary",
		Long: `Print the version, the commit and the Go version of this binary, as the go command wrote
them into it. A build that is no version, or without its repository, says "devel".`,
		Example: "  idemcheck version\n  idemcheck version --format json",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			switch format {
			case "json":
				enc := json.NewEncoder(a.Out)
				enc.SetIndent("", "  ")
				return enc.Encode(thisBuild())
			case "text":
				_, err := fmt.Fprintln(a.Out, thisBuild())
				return err
			}
			return exit.Usage(fmt.Errorf("--format %q is none of text, json", format))
		},
	}
	c.Flags().StringVar(&format, "format", "text", "text or json")
	return c
}
