package openapi

import (
	"net/url"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/idemcheck/idemcheck/harness/contract/shown"
)

// home is where a service is when its document does not say it.
const home = "http://127.0.0.1:8080"

// base is the URL before all paths; unknown says that the document does not tell it.
type base struct {
	url     string
	unknown bool
}

// server finds the base of all paths: that of the first server, with the defaults of its variables.
func server(doc *openapi3.T, at string) base {
	text := ""
	if len(doc.Servers) > 0 && doc.Servers[0] != nil {
		text = doc.Servers[0].URL
		for name, v := range doc.Servers[0].Variables {
			if v != nil {
				text = strings.ReplaceAll(text, "{"+name+"}", v.Default)
			}
		}
	}
	u, err := url.Parse(text)
	if err != nil {
		return base{home, true}
	}
	if from, err := url.Parse(at); err == nil && at != "" {
		u = from.ResolveReference(u)
		if text == "" {
			u.Path = ""
		}
	}
	if u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return base{home + strings.TrimSuffix(u.EscapedPath(), "/"), true}
	}
	u.RawQuery, u.Fragment, u.User = "", "", nil
	return base{strings.TrimSuffix(u.String(), "/"), false}
}

// credentials adds the headers by which an operation says who calls. Their values are made up: they
// come from the environment in the end.
func credentials(doc *openapi3.T, o *operation, e *shown.Call) {
	required := doc.Security
	if o.Security != nil {
		required = *o.Security
	}
	if len(required) == 0 || doc.Components == nil {
		return
	}
	for name := range required[0] {
		ref := doc.Components.SecuritySchemes[name]
		if ref == nil || ref.Value == nil {
			continue
		}
		switch s := ref.Value; {
		case s.Type == "http" && strings.EqualFold(s.Scheme, "basic"):
			e.Set("Authorization", "Basic hidden")
		case s.Type == "apiKey" && s.In == "header" && s.Name != "":
			e.Set(s.Name, "hidden")
		case s.Type == "apiKey" && s.In == "cookie":
			e.Set("Cookie", s.Name+"=hidden")
		case s.Type == "apiKey":
			e.Facts.Unknown = append(e.Facts.Unknown, "components.securitySchemes."+name+
				" puts a secret into the query, which a contract cannot")
		default:
			e.Set("Authorization", "Bearer hidden")
		}
	}
}
