package house

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// everywhere is the folder that every other one may import, as it may the standard library.
const everywhere = "internal/lists"

// mayImport is the import law: which of our folders a folder's program may import. A row holds for its
// folder and for all below it that have no row of their own, and what it lists is rows; packages of one
// row may import each other. A folder without a row breaks the law, and so does an import of the
// module's root.
var mayImport = map[string][]string{
	"model":          {},
	"model/verdict":  {"model"},
	"model/judge":    {"model", "model/verdict"}, // declare tries lines by judging again
	"model/notation": {"model"},
	"chaos":          {"model"}, // neither judge nor verdict: it knows nothing of right and wrong
	// The face: what a test author types. A failing test prints what a failing run prints: reports.
	"harness": {
		"model", "model/verdict", "chaos", "reports", "harness/contract", "harness/files",
		"harness/plan", "harness/execute", "harness/trial", "harness/shrink", "harness/campaign",
		"harness/result", "harness/internal", "harness/internal/saved", "harness/observe/elsewhere",
		"scenarios",
	},
	"harness/observe/elsewhere": {"model", "harness/contract"},
	// Brings database/sql, so nobody but the command and who wants it imports it.
	"harness/observe/query": {"model", "harness/contract", "harness/observe/elsewhere"},
	"harness/contract":      {"model", "harness/internal", "internal/near"},
	// How a contract begins: for the command alone.
	"harness/contract/meaning":  {},
	"harness/contract/progress": {"harness/contract/meaning"},
	"harness/contract/shown":    {},
	"harness/contract/draft":    {"harness/contract", "harness/contract/meaning"},
	"harness/contract/curl":     {"harness/contract/shown"},
	"harness/contract/har":      {"harness/contract/shown"},
	"harness/contract/openapi": {
		"model", "harness/contract/draft", "harness/contract/meaning", "harness/contract/shown",
		"harness/internal",
	},
	"harness/contract/guess": {
		"model", "harness/contract", "harness/contract/draft", "harness/contract/meaning",
		"harness/contract/progress",
		"harness/contract/shown", "harness/internal",
	},
	"harness/files": {"model", "model/verdict"},
	// Nothing is sent.
	"harness/plan": {"model", "harness/contract", "harness/internal"},
	// Never the judge.
	"harness/observe": {
		"model", "chaos", "harness/contract", "harness/internal", "harness/observe/elsewhere",
	},
	"harness/execute": { // neither dice nor the judge
		"model", "chaos", "harness/contract", "harness/observe", "harness/observe/elsewhere",
		"harness/internal",
	},
	// One case and what it is worth: neither dice nor printing.
	"harness/trial": {
		"model", "model/judge", "model/verdict", "harness/contract", "harness/plan",
		"harness/observe", "harness/execute",
		"harness/internal",
	},
	"harness/warmup": {
		"model", "model/verdict", "harness/contract", "harness/contract/progress", "harness/plan",
		"harness/observe", "harness/execute", "harness/trial", "harness/internal",
	},
	"harness/shrink": {
		"model", "model/judge", "model/verdict", "harness/plan", "harness/execute", "harness/trial",
	},
	"harness/campaign": {
		"model", "model/judge", "model/verdict", "harness/plan", "harness/execute",
		"harness/trial", "harness/warmup",
		"harness/shrink", "harness/internal",
	},
	// Every promise of a contract, asked for without faults of the network.
	"harness/conformance": {
		"model", "model/judge", "model/verdict", "harness/contract", "harness/plan",
		"harness/execute", "harness/campaign",
	},
	// What a service does with keys, beside all dialects: neither the judge nor cases.
	"harness/detect": {
		"model", "chaos", "harness/contract", "harness/internal", "harness/observe", "harness/plan",
		"harness/execute",
	},
	// The result as people keep it: a document, files, and the lines that replay them.
	"harness/result": {
		"model", "model/verdict", "reports", "harness/contract", "harness/files",
		"harness/shrink", "harness/campaign",
	},
	// Copies of one request, without a contract: neither the judge nor cases.
	"harness/race": {
		"model", "model/verdict", "chaos", "harness/contract", "harness/contract/meaning",
		"harness/internal",
	},
	"harness/internal":       {"model", "chaos", "harness", "harness/contract"}, // shop runs the face
	"harness/internal/saved": {"model", "harness/files", "harness/plan"},
	// Tests alone use it.
	"harness/internal/wrongline": {"model/verdict", "harness/contract"},
	"harness/rapidprop":          {"model/verdict", "harness", "harness/plan", "harness/campaign"},
	"harness/gopterprop":         {"model/verdict", "harness", "harness/plan"},
	"scenarios":                  {"model", "harness/plan", "internal/near"},
	"reference":                  {"internal/near"},
	// Reports say why a rule matters, and have the order of violations.
	"reports":       {"model", "model/judge", "model/verdict"},
	"examples":      {},
	"docs":          {},
	"internal":      {},
	"internal/near": {},
	everywhere:      {},
	"cmd": {
		"model", "model/judge", "model/verdict", "model/notation", "chaos", "harness",
		"harness/contract", "harness/contract/curl", "harness/contract/draft", "harness/contract/guess",
		"harness/contract/har", "harness/contract/openapi", "harness/contract/shown",
		"harness/detect", "harness/files", "harness/observe", "harness/observe/elsewhere", "harness/observe/query",
		"harness/plan", "harness/execute", "harness/trial", "harness/campaign", "harness/conformance",
		"harness/race", "harness/result", "scenarios", "reference", "reports", "examples", "docs",
		"internal/near",
	},
}

// outsider is a module, or a part of one, that is not ours.
type outsider struct {
	prefix string
	why    string
	in     []string // the only folders, with all below them, that may import it
}

// outsiders lists everything from elsewhere that our program imports; what is not listed may not be imported.
var outsiders = []outsider{
	{"github.com/Shopify/toxiproxy/v2/stream", "buffers between toxics", []string{"chaos/link"}},
	{"github.com/Shopify/toxiproxy/v2/toxics", "the toxics themselves", []string{"chaos/link"}},
	{"github.com/testcontainers/testcontainers-go", "starts containers", []string{"chaos/container"}},
	{"github.com/moby/moby", "the words of a Docker daemon", []string{"chaos/container"}},
	{"github.com/containerd/errdefs", "tells a missing container apart", []string{"chaos/container"}},
	{
		"github.com/jackc/pgx/v5", "speaks to PostgreSQL; a container is ready when it answers a query",
		[]string{
			"reference/postgres", "chaos/container", "chaos/store/pgwire", "cmd/idemcheck/internal/origins",
		},
	},
	{
		"modernc.org/sqlite", "the SQLite driver",
		[]string{"reference/sqlite", "cmd/idemcheck/internal/origins", "examples/go-effects/shop"},
	},
	{
		"github.com/go-sql-driver/mysql", "speaks to MySQL and MariaDB",
		[]string{"cmd/idemcheck/internal/origins"},
	},
	{
		"pgregory.net/rapid", "all dice; its users' own properties",
		[]string{"harness/plan", "harness/rapidprop"},
	},
	{"github.com/leanovate/gopter", "its users' own properties", []string{"harness/gopterprop"}},
	{
		"golang.org/x/time/rate", "caps the rate of attempts",
		[]string{"harness/execute", "harness/internal/conditions"},
	},
	{"github.com/expr-lang/expr", "expressions in a contract file", []string{"harness/contract/internal/spec"}},
	{"github.com/goccy/go-yaml", "reads the contract file", []string{"harness/contract/internal/document"}},
	{"github.com/getkin/kin-openapi", "reads OpenAPI documents", []string{"harness/contract/openapi"}},
	{"mvdan.cc/sh/v3", "splits curl lines into words", []string{"harness/contract/curl"}},
	{
		"github.com/prometheus/common", "reads the text format of Prometheus",
		[]string{"harness/observe/remote"},
	},
	{"github.com/emersion/go-smtp", "takes mails", []string{"harness/observe/sink"}},
	{"github.com/emersion/go-sasl", "lets whoever sends mails log in", []string{"harness/observe/sink"}},
	{"github.com/emersion/go-message", "decodes mails", []string{"harness/observe/sink"}},
	{
		"go.opentelemetry.io/otel/exporters/otlp/otlptrace", "sends traces to collectors",
		[]string{"cmd/idemcheck/internal/traces"},
	},
	{"go.opentelemetry.io/proto/otlp", "the words of OTLP", []string{"cmd/idemcheck/internal/traces"}},
	{"github.com/spf13/cobra", "the command line", []string{"cmd"}},
	{"github.com/HdrHistogram/hdrhistogram-go", "percentiles of latencies", []string{"cmd"}},
	{"github.com/gofrs/flock", "tells a killed run from one that runs", []string{"cmd"}},
	{"golang.org/x/term", "asks whether the output is a terminal", []string{"cmd"}},
	{
		"github.com/stretchr/testify", "these packages are tests for others to run, like net/http/httptest",
		[]string{"reference/storetest", "reference/internal/attack", "chaos/internal/worldtest"},
	},
}

// impure lists what would give a pure folder a file, a clock, a network or dice.
var impure = map[string][]string{
	"model":     {"os", "net", "math/rand", "crypto/rand", "log", "flag", "syscall"},
	"reports":   {"os", "net", "math/rand", "crypto/rand", "log", "flag", "syscall"},
	"scenarios": {"os", "net", "math/rand", "crypto/rand", "log", "flag", "syscall"},
	"chaos":     {"math/rand", "flag"},
	"harness":   {"math/rand", "flag"},
	"reference": {"math/rand", "flag"},
}

func TestFoldersImportOnlyWhatTheyMay(t *testing.T) {
	for _, f := range readTree(t) {
		for _, s := range f.program() {
			for _, imported := range s.imports() {
				if why := forbids(f.path, imported); why != "" {
					t.Errorf("%s: imports %s: %s", s.path, imported, why)
				}
			}
		}
	}
}

func TestTheImportLawSeesBreaches(t *testing.T) {
	for _, c := range []struct{ from, imported, why string }{
		{"model", module + "/chaos", "folder model may import of ours: nothing"},
		{"model", module + "/model/judge", "folder model may import of ours: nothing"},
		{"model/judge", module + "/model", ""},
		{"model/judge", module + "/model/notation", "folder model/judge may import of ours: model, model/verdict"},
		{"model/notation", module + "/model/judge", "folder model/notation may import of ours: model"},
		{"chaos/wire", module + "/harness", "folder chaos may import of ours: model"},
		{"chaos/internal/network", module + "/model", ""},
		{"chaos/internal/network", module + "/model/fault", ""},
		{"chaos/internal/network", module + "/model/judge", "folder chaos may import of ours: model"},
		{"chaos/internal/network", module + "/model/verdict", "folder chaos may import of ours: model"},
		{"reports", module + "/model/judge", ""},
		{"model", module + "/internal/lists", ""},
		{"internal/lists", module + "/model", "folder internal/lists may import of ours: nothing"},
		{"reports", module, "folder reports may import of ours: model, model/judge, model/verdict"},
		{"reference/memory", module + "/model", "folder reference may import of ours: internal/near"},
		{"newcomer", module + "/model", "folder newcomer is not in the import law"},
		{"harness/observe", module + "/model/judge", "folder harness/observe may import of ours: model, chaos, " +
			"harness/contract, harness/internal, harness/observe/elsewhere"},
		{"harness/plan", module + "/harness/campaign", "folder harness/plan may import of ours: model, " +
			"harness/contract, harness/internal"},
		{"harness/campaign", module + "/harness/plan", ""},
		{"harness/contract/guess", module + "/harness/contract/draft", ""},
		{"harness/contract", module + "/harness/contract/curl", "folder harness/contract may import of ours: " +
			"model, harness/internal, internal/near"},
		{"harness/contract/guess", "mvdan.cc/sh/v3/syntax", "only harness/contract/curl may"},
		{"harness/campaign", "pgregory.net/rapid", "only harness/plan, harness/rapidprop may"},
		{"cmd/idemcheck", module + "/chaos/container", ""},
		{"harness", module + "/chaos/container", "only the command may, because it is heavy"},
		{"chaos/wire", module + "/chaos/link", ""},
		{"chaos/wire", "github.com/jackc/pgx/v5", "only reference/postgres, chaos/container, " +
			"chaos/store/pgwire, cmd/idemcheck/internal/origins may"},
		{"reference/postgres", "github.com/jackc/pgx/v5/pgxpool", ""},
		{"chaos/link", "github.com/Shopify/toxiproxy/v2", "nothing here may: give it a row with its reason first"},
		{"chaos/link", "github.com/Shopify/toxiproxy/v2/toxics", ""},
		{"model", "net/http", "folder model does without it, so that the same plan gives the same verdict"},
		{"model/judge", "net/http", "folder model does without it, so that the same plan gives the same verdict"},
		{"model", "time", ""},
		{"harness", "math/rand/v2", "folder harness does without it, so that the same plan gives the same verdict"},
	} {
		require.Equal(t, c.why, forbids(c.from, c.imported), "%s imports %s", c.from, c.imported)
	}
}

// forbids says why a folder may not import something, or nothing where it may.
func forbids(from, imported string) string {
	first, _, _ := strings.Cut(imported, "/")
	switch {
	case within(imported, module):
		return forbidsOurs(from, strings.TrimPrefix(strings.TrimPrefix(imported, module), "/"))
	case strings.Contains(first, "."):
		return forbidsOutsider(from, imported)
	default:
		return forbidsImpure(from, imported)
	}
}

func forbidsOurs(from, imported string) string {
	row, to := rowOf(from), rowOf(imported)
	allowed, known := mayImport[row]
	switch {
	case !known:
		return fmt.Sprintf("folder %s is not in the import law", row)
	case to != row && to != everywhere && !slices.Contains(allowed, to):
		return fmt.Sprintf("folder %s may import of ours: %s", row, orNothing(allowed))
	case within(imported, "chaos/container") && topOf(from) != "cmd" && !within(from, "chaos/container"):
		return "only the command may, because it is heavy"
	}
	return ""
}

func forbidsOutsider(from, imported string) string {
	for _, o := range outsiders {
		if !within(imported, o.prefix) {
			continue
		}
		if slices.ContainsFunc(o.in, func(in string) bool { return within(from, in) }) {
			return ""
		}
		return fmt.Sprintf("only %s may", strings.Join(o.in, ", "))
	}
	return "nothing here may: give it a row with its reason first"
}

func forbidsImpure(from, imported string) string {
	for _, prefix := range impure[topOf(from)] {
		if within(imported, prefix) {
			return fmt.Sprintf("folder %s does without it, so that the same plan gives the same verdict", topOf(from))
		}
	}
	return ""
}

// within reports whether an import path or a folder is another one or lies below it.
func within(path, above string) bool {
	return path == above || strings.HasPrefix(path, above+"/")
}

func topOf(folder string) string {
	top, _, _ := strings.Cut(folder, "/")
	return top
}

// rowOf is the row of the import law that holds for a folder: its own, or that of the nearest folder above
// it. Without one it is the folder itself, which is then not in the law.
func rowOf(folder string) string {
	for at := folder; at != "" && at != "."; at = path.Dir(at) {
		if _, known := mayImport[at]; known {
			return at
		}
	}
	return folder
}

func orNothing(words []string) string {
	if len(words) == 0 {
		return "nothing"
	}
	return strings.Join(words, ", ")
}
