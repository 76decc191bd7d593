package session

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"

	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/exit"
	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/reach"
	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/runfolder"
	"github.com/idemcheck/idemcheck/harness/execute"
	"github.com/idemcheck/idemcheck/harness/trial"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/judge"
	"github.com/idemcheck/idemcheck/reports"
)

// explainFailure adds to an error what to do next, where that is known.
func (s *Session) explainFailure(err error) error {
	if err == nil {
		return nil
	}
	if next := s.advice(err); next != "" {
		return fmt.Errorf("%w\n  next: %s", err, next)
	}
	return err
}

// advice is what to do after an error that ended a run; "" when nobody knows.
func (s *Session) advice(err error) string {
	_, untrusted := errors.AsType[*tls.CertificateVerificationError](err)
	file, unwritten := errors.AsType[*fs.PathError](err)
	_, unmoved := errors.AsType[*os.LinkError](err)
	switch {
	case errors.Is(err, syscall.EMFILE), errors.Is(err, syscall.ENFILE):
		return "raise the limit of open files (ulimit -n), or run fewer cases at once with --parallel"
	case untrusted:
		return "make its certificate trusted, such as by SSL_CERT_FILE=FILE in the environment"
	case errors.Is(err, execute.ErrWorld):
		return "start the Toxiproxy server again, see why it died, and run again"
	case errors.Is(err, trial.ErrUnreachable) && s.service.Ended() != "":
		return s.service.Ended()
	case errors.Is(err, trial.ErrUnreachable):
		next := "start the service, or correct target.url (now " + reach.WithoutUser(s.TargetURL) + ")"
		if note := s.unusedProxies(); note != "" {
			next += "; " + note
		}
		return next
	case unwritten && file.Path == os.Stdout.Name():
		return "make room where standard output goes; `idemcheck show FOLDER` shows a saved run again"
	case unwritten, unmoved:
		return "give --out a folder that can be written and has room, or keep nothing with --out none"
	}
	return ""
}

// unusedProxies says which proxies of the environment are not used, where somebody might expect it.
func (s *Session) unusedProxies() string {
	if s.Flags.Reach.Own {
		return ""
	}
	return reach.UnusedProxies(s.Env)
}

// unverified notes that nobody knows who answers.
func unverified(c *model.Contract) []string {
	if c.Target.TLS == nil || !c.Target.TLS.Insecure {
		return nil
	}
	return []string{"the service's certificate is not verified (target.tls.insecure: true): whoever " +
		"answers is taken for the service"}
}

// At makes a session one with a service that runs at a URL: nothing is started.
func (s *Session) At(url string) {
	there := *s.Contract
	there.Start, s.Contract, s.TargetURL = nil, &there, url
}

// whyFailed is why a run ended early.
func whyFailed(ctx context.Context) string {
	if by, ok := exit.Interrupted(ctx); ok {
		return "the run was " + by.Error()
	}
	if ctx.Err() != nil {
		return "the run was interrupted"
	}
	return "the run failed"
}

// cutShort says that a run was interrupted. Where cases were not begun, their absence is no pass.
func cutShort(doc *reports.Document, why string, skipped int) {
	if skipped == 0 {
		doc.Notes = append(doc.Notes, why+" after its last case")
		return
	}
	doc.Verdict = judge.Merge(doc.Verdict,
		runfolder.UnknownVerdict(doc.Verdict.Seed, why+": this is what was done so far"))
}
