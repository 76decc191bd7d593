package sink

import (
	"bytes"
	"io"
	"log"
	"strings"

	"github.com/emersion/go-message"
	"github.com/emersion/go-message/mail"
	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// smtpServer takes mails.
func smtpServer(b *inbox) *smtp.Server {
	s := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) {
		return &letterbox{inbox: b}, nil
	}))
	s.Domain, s.AllowInsecureAuth, s.MaxMessageBytes = "localhost", true, maxBody
	s.ReadTimeout, s.WriteTimeout = patience, patience
	s.ErrorLog = log.New(io.Discard, "", 0)
	return s
}

// letterbox is one connection of somebody who sends mails.
type letterbox struct {
	inbox *inbox
	from  string
	to    []any
}

// AuthMechanisms implements [smtp.AuthSession].
func (*letterbox) AuthMechanisms() []string { return []string{sasl.Plain} }

// Auth implements [smtp.AuthSession]: any name and password will do, and are forgotten.
func (*letterbox) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(string, string, string) error { return nil }), nil
}

// Mail implements [smtp.Session].
func (l *letterbox) Mail(from string, _ *smtp.MailOptions) error {
	l.from = from
	return nil
}

// Rcpt implements [smtp.Session].
func (l *letterbox) Rcpt(to string, _ *smtp.RcptOptions) error {
	l.to = append(l.to, to)
	return nil
}

// Data implements [smtp.Session]: what came whole is one item, however many recipients it has.
func (l *letterbox) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	item := mailItem(raw)
	item["from"], item["to"] = l.from, l.to
	l.inbox.file(item, len(raw))
	return nil
}

// Reset implements [smtp.Session].
func (l *letterbox) Reset() { l.from, l.to = "", nil }

// Logout implements [smtp.Session].
func (*letterbox) Logout() error { return nil }

// mailItem is a mail as ledgers have it: what is no MIME is its own text.
func mailItem(raw []byte) map[string]any {
	header := map[string]any{}
	out := map[string]any{"header": header, "subject": "", "text": string(raw)}
	r, err := mail.CreateReader(bytes.NewReader(raw))
	if err != nil && !message.IsUnknownCharset(err) {
		return out
	}
	for fields := r.Header.Fields(); fields.Next(); {
		said, err := fields.Text()
		if err != nil {
			said = fields.Value() // as it was sent
		}
		name := strings.ToLower(fields.Key())
		if _, twice := header[name]; !twice {
			header[name] = said
		}
	}
	if subject, is := header["subject"]; is {
		out["subject"] = subject
	}
	out["text"] = textOf(r)
	return out
}

// textOf joins the parts of a mail that are to be read.
func textOf(r *mail.Reader) string {
	var out []string
	for {
		part, err := r.NextPart()
		if err != nil && !message.IsUnknownCharset(err) {
			break // the end, or nothing that can be read
		}
		if _, shown := part.Header.(*mail.InlineHeader); !shown {
			continue
		}
		said, err := io.ReadAll(io.LimitReader(part.Body, maxBody))
		if err == nil {
			out = append(out, strings.ToValidUTF8(string(said), "\uFFFD"))
		}
	}
	return strings.Join(out, "\n")
}
