package exchange

import "github.com/idemcheck/idemcheck/model/value"

// SignIn says how a caller gets a session, carries it, and renews it.
type SignIn struct {
	// Login is sent one message after the other. Their templates may hold ${NAME} (environment) and
	// {name}, what was captured before. A status below 400 means success unless OK says otherwise.
	Login Logins `json:"login" yaml:"login"`
	// Capture names what is kept of their answers: the last that is found.
	Capture map[string]Spot `json:"capture,omitempty" yaml:"capture"`
	// Headers are sent with everything of the caller; {name} is what was captured. Operations and
	// messages write it {session.name}.
	Headers map[string]string `json:"headers,omitempty" yaml:"headers"`
	// Cookies keeps cookies as a browser does, from one login to the next.
	Cookies bool `json:"cookies,omitempty" yaml:"cookies"`
	// RenewOn are the statuses that say "log in again". They are no answers of an operation.
	RenewOn []int `json:"renew_on,omitempty" yaml:"renew_on"`
	// Renew is the age at which a session is renewed before it is refused; zero means never.
	Renew value.Duration `json:"renew,omitempty" yaml:"renew"`
	// Rotate sends the repeats of an operation in another session than its first attempt, after a
	// login of their own, as when a token expires between the two: they are repeats all the same. A
	// service that ends the older session needs RenewOn.
	Rotate bool `json:"rotate,omitempty" yaml:"rotate"`
}

// Logins are the messages of a login; in a contract one may stand without a list.
type Logins []PlainMessage

// UnmarshalYAML reads a list of messages, or one.
func (l *Logins) UnmarshalYAML(unmarshal func(any) error) error {
	var list []PlainMessage
	err := unmarshal(&list)
	if err == nil {
		*l = list
		return nil
	}
	var one PlainMessage
	if unmarshal(&one) != nil {
		return err
	}
	*l = Logins{one}
	return nil
}

// Spot is where in an answer a value stands: one of Body, Header, Cookie and HTML, or a Pattern in
// its body.
type Spot struct {
	// Body is a field by its dotted path, Header and Cookie a name.
	Body   string `json:"body,omitempty" yaml:"body"`
	Header string `json:"header,omitempty" yaml:"header"`
	Cookie string `json:"cookie,omitempty" yaml:"cookie"`
	// HTML is an element with an attribute, such as input[name=csrf]; its value is that of its
	// attribute value, or else content.
	HTML string `json:"html,omitempty" yaml:"html"`
	// Pattern is a regular expression (RE2) with at most one group, which is the value: in what the
	// field above names, or in the body.
	Pattern string `json:"pattern,omitempty" yaml:"pattern"`
}
