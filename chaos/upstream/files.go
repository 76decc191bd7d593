package upstream

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/route"
)

// Of is the way to a target, whose references to the environment have been resolved. It reads the
// files that the target names; what is wrong with one is a [*FileError].
func Of(t model.TargetSettings) (Upstream, error) {
	out := Upstream{
		URL: t.URL, Host: t.Host, ServerName: hostname(t.Host), HTTP2: t.HTTP == route.HTTP2,
	}
	if t.TLS == nil {
		return out, nil
	}
	out.TLS, out.ServerName = true, cmp.Or(t.TLS.ServerName, out.ServerName)
	var err error
	out.Config, err = configOf(t.TLS)
	return out, err
}

// FileError is a file of a target that cannot be used.
type FileError struct {
	// Field is the line of the contract that names it, such as "target.tls.ca".
	Field, Advice string
	// Err is the cause, with the name of the file.
	Err error
}

// Error says which file, and what is wrong.
func (e *FileError) Error() string { return e.Field + ": " + e.Err.Error() }

// Unwrap returns the cause.
func (e *FileError) Unwrap() error { return e.Err }

// configOf reads the files of a TLS setting.
func configOf(t *route.TLS) (*tls.Config, error) {
	c := &tls.Config{
		MinVersion:         tls.VersionTLS12,
		InsecureSkipVerify: t.Insecure, //nolint:gosec // only where the contract says so
	}
	if t.CA != "" {
		pem, err := read("target.tls.ca", t.CA)
		if err != nil {
			return nil, err
		}
		c.RootCAs = x509.NewCertPool()
		if !c.RootCAs.AppendCertsFromPEM(pem) {
			return nil, &FileError{
				"target.tls.ca", "name a file that begins with -----BEGIN CERTIFICATE-----",
				fmt.Errorf("%s holds no certificate", t.CA),
			}
		}
	}
	if t.Cert == "" && t.Key == "" {
		return c, nil
	}
	pair, err := pairOf(t)
	if err != nil {
		return nil, err
	}
	c.Certificates = []tls.Certificate{pair}
	return c, nil
}

// pairOf reads a client's certificate and its key.
func pairOf(t *route.TLS) (tls.Certificate, error) {
	cert, err := read("target.tls.cert", t.Cert)
	if err != nil {
		return tls.Certificate{}, err
	}
	key, err := read("target.tls.key", t.Key)
	if err != nil {
		return tls.Certificate{}, err
	}
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return pair, &FileError{
			"target.tls.cert and target.tls.key", "name a certificate and the key that belongs to it, " +
				"both as PEM and the key without a password",
			fmt.Errorf("reading %s and %s: %w", t.Cert, t.Key, err),
		}
	}
	return pair, nil
}

// read reads a file.
func read(field, path string) ([]byte, error) {
	content, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		err = &FileError{
			field, "correct the path, which begins at the contract's folder",
			fmt.Errorf("there is no file %s: %w", path, fs.ErrNotExist),
		}
	case err != nil:
		err = &FileError{field, "name a file that can be read", err}
	}
	return content, err
}
