package document

import (
	"regexp"
	"strings"

	"github.com/idemcheck/idemcheck/harness/contract/internal/environment"
)

// excerptBefore and excerptAfter are how many lines are shown around the one that is wrong.
const (
	excerptBefore = 2
	excerptAfter  = 1
)

// looksSecret finds names of headers whose values an excerpt must not show, whether or not the file
// could be read far enough to know its own list.
var looksSecret = regexp.MustCompile(
	`(?i)[\w-]*(authorization|cookie|credential|token|secret|api-?key|\w-key|passw\w*|session|` +
		`signature)["']?\s*:\s*\S`)

// userinfo is what stands between "://" and "@" in a URL.
var userinfo = regexp.MustCompile(`://[^/\s"']*@`)

// hideSecrets hides values behind names that look secret, the lines that continue them, and users
// and passwords in URLs.
func hideSecrets(lines, secrets []string) []string {
	out := make([]string, len(lines))
	inside, depth := false, 0
	for i, line := range lines {
		indent := len(line) - len(strings.TrimLeft(line, " "))
		if inside && indent > depth && strings.TrimSpace(line) != "" {
			out[i] = strings.Repeat(" ", indent) + environment.Hidden
			continue
		}
		end := secretValue(line, secrets)
		inside, depth = end > 0, indent
		out[i] = line
		if inside {
			out[i] = line[:end] + environment.Hidden
		}
		out[i] = userinfo.ReplaceAllString(out[i], "://"+environment.Hidden+"@")
	}
	return out
}

// secretValue returns where a secret value begins in a line, or zero. References to the environment
// are no secret.
func secretValue(line string, secrets []string) int {
	end := 0
	if m := looksSecret.FindStringIndex(line); m != nil {
		end = m[1] - 1
	}
	for _, name := range secrets {
		_, after, found := strings.Cut(strings.ToLower(line), strings.ToLower(name)+":")
		if found && len(after) > 0 {
			end = len(line) - len(after)
		}
	}
	if end == 0 || environment.KeepsOnlyReferences(strings.Trim(line[end:], ` "'`)) {
		return 0
	}
	return end
}
