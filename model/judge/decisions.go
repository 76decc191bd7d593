package judge

import (
	"slices"
	"strings"

	"github.com/idemcheck/idemcheck/internal/lists"
)

// DecisionRow is a row of the table that tells rules about repeats apart.
type DecisionRow struct {
	// First is what became of the first attempt, Then what a repeat of it met.
	First string `json:"first"`
	Then  string `json:"then"`
	// Rule is the one that this breaks.
	Rule string `json:"rule"`
}

// Decisions tells rules that are easily taken for each other apart. Read it from the top: the first
// row that fits names the rule. "Refused" is a refusal that is stored (promises.errors: replayed).
// Interference is told apart by replays with and without the other keys, not by a rule of its own:
// after a fault it breaks duplicate-effect.
func Decisions() []DecisionRow {
	const settled, open = "acknowledged or refused", "no definite answer"
	return []DecisionRow{
		{"acknowledged", "executed again, only beside other keys (interference)", "key-ignored"},
		{"acknowledged", "alone, without any fault: the same again, executed each time", "key-ignored"},
		{"done by another tenant or route", "a new operation gets that one's answer", "foreign-replay"},
		{"done under another key", "a new operation gets that one's answer", "over-deduplication"},
		{"acknowledged, or never sent", "refused as a reused key or payload", "over-deduplication"},
		{"its answer was lost, or a fault came", "executed again", "duplicate-effect"},
		{"still at work", "executed beside it", "in-flight-execution"},
		{"failed, and failures are replayed", "anything else", "error-caching"},
		{"refused", "acknowledged", "error-caching"},
		{"refused", "refused with another status or body", "error-caching"},
		{open, "after healing one transient answer (429, 5xx) every time", "error-caching"},
		{open, "after healing any other answer that settles nothing, or silence", "stuck-key"},
		{settled, "to the end: in flight, try again, or silence", "stuck-key"},
		{"acknowledged", "no body, or nothing is named", "hollow-answer"},
		{"acknowledged", "another status, body, name or compared header; or refused", "divergent-replay"},
		{"refused", "the same refusal with another compared header", "divergent-replay"},
		{settled, "a status that nobody declared, or the answer breaks off", "divergent-replay"},
		{"still at work", "a status that nobody declared; nothing executed twice", "divergent-replay"},
	}
}

// decided returns the table in Markdown as part of the page of a rule, or "" where it is not in it.
func decided(rule string) string {
	if !slices.ContainsFunc(Decisions(), func(d DecisionRow) bool { return d.Rule == rule }) {
		return ""
	}
	return "\n## Which rule it is\n\nThe first row that fits names the rule.\n\n" +
		"| first | then | rule |\n|---|---|---|\n" +
		strings.Join(lists.Map(Decisions(), DecisionRow.row), "")
}

// row is the decision as a row of a table in Markdown.
func (d DecisionRow) row() string {
	return "| " + d.First + " | " + d.Then + " | `" + d.Rule + "` |\n"
}
