package curl

import "strings"

// takesValue lists the flags of curl that are followed by a value. A flag that is in neither list
// is an error, because nobody can tell whether the next word belongs to it.
var takesValue = words2set(`
	--request --header --data --data-ascii --data-raw --data-binary --data-urlencode --json --user
	--cookie --form --form-string --url --url-query --user-agent --referer --cacert --capath --cert
	--key --cert-type --key-type --pass --unix-socket --abstract-unix-socket --oauth2-bearer
	--upload-file --output --write-out --max-time --connect-timeout --retry --retry-delay
	--retry-max-time --cookie-jar --proxy --proxy-user --noproxy --resolve --connect-to --interface
	--max-redirs --dump-header --config --range --ciphers --tls-max --tls13-ciphers --limit-rate
	--keepalive-time --dns-servers --doh-url --proto --proto-default --proto-redir --stderr --trace
	--trace-ascii --request-target --aws-sigv4 --socks5 --socks5-hostname --time-cond --rate
	--max-filesize --variable --expand-url --expand-header --expand-data --output-dir --local-port
	--happy-eyeballs-timeout-ms --expect100-timeout --pinnedpubkey --curves --engine --netrc-file
	--hsts --alt-svc --etag-save --etag-compare --speed-limit --speed-time --create-file-mode
	--crlfile --parallel-max --libcurl`)

// alone lists the flags that take no value.
var alone = words2set(`
	--get --head --location --location-trusted --insecure --compressed --silent --show-error --fail
	--fail-with-body --fail-early --verbose --include --http1.0 --http1.1 --http2
	--http2-prior-knowledge --http3 --http3-only --http0.9 --tlsv1 --tlsv1.0 --tlsv1.1 --tlsv1.2
	--tlsv1.3 --ssl-reqd --ssl --sslv3 --ipv4 --ipv6 --no-buffer --progress-bar --no-progress-meter
	--globoff --remote-name --remote-name-all --remote-header-name --remote-time --create-dirs
	--anyauth --basic --digest --ntlm --negotiate --netrc --netrc-optional --tcp-nodelay
	--tcp-fastopen --no-keepalive --retry-connrefused --retry-all-errors --path-as-is --post301
	--post302 --post303 --raw --tr-encoding --ssl-no-revoke --junk-session-cookies --disable
	--no-sessionid --no-alpn --parallel --styled-output --no-styled-output --no-compressed
	--no-location --no-insecure --no-fail --ca-native --haproxy-protocol --false-start`)

// short is the long name of each flag of one letter.
var short = map[byte]string{
	'X': "--request", 'H': "--header", 'd': "--data", 'u': "--user", 'b': "--cookie", 'F': "--form",
	'A': "--user-agent", 'e': "--referer", 'E': "--cert", 'T': "--upload-file", 'o': "--output",
	'w': "--write-out", 'm': "--max-time", 'c': "--cookie-jar", 'x': "--proxy", 'U': "--proxy-user",
	'D': "--dump-header", 'K': "--config", 'r': "--range", 'z': "--time-cond", 'y': "--speed-time",
	'Y': "--speed-limit",
	'G': "--get", 'I': "--head", 'L': "--location", 'k': "--insecure", 's': "--silent",
	'S': "--show-error", 'f': "--fail", 'v': "--verbose", 'i': "--include", '0': "--http1.0",
	'1': "--tlsv1", '4': "--ipv4", '6': "--ipv6", 'N': "--no-buffer", '#': "--progress-bar",
	'g': "--globoff", 'O': "--remote-name", 'J': "--remote-header-name", 'R': "--remote-time",
	'n': "--netrc", 'j': "--junk-session-cookies", 'q': "--disable", 'Z': "--parallel",
}

func words2set(text string) map[string]bool {
	out := map[string]bool{}
	for word := range strings.FieldsSeq(text) {
		out[word] = true
	}
	return out
}
