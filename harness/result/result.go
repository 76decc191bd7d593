// Package result turns the result of a run into what people keep of it: the document that reports
// render, the files of its counterexamples, and the lines that replay these.
package result

import (
	"github.com/idemcheck/idemcheck/harness/campaign"
	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/harness/files"
	"github.com/idemcheck/idemcheck/harness/shrink"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/verdict"
	"github.com/idemcheck/idemcheck/reports"
)

// Document is what every report of a result shows, for a contract without its secrets and a target.
func Document(r *campaign.RunResult, c *model.Contract, target string) reports.Document {
	doc := reports.Document{Verdict: r.Verdict, Contract: *c, Target: target, Notes: r.Notes}
	if r.Found != nil {
		doc.Case, doc.History = &r.Found.Case, r.Found.History
	}
	return doc
}

// Shelf says where the counterexamples of a result are kept.
type Shelf struct {
	// Plan is the file of the plan of counterexample n, from 1, which breaks a rule.
	Plan func(n int, rule string) string
	// History is the file of its history; nil keeps none.
	History func(n int) string
	// Line is the command that replays a saved plan.
	Line func(plan string) string
}

// Keep saves the counterexamples of a result, and says in a document how each is replayed. After an
// error it says so of those that were saved before.
func (s Shelf) Keep(doc *reports.Document, r *campaign.RunResult) error {
	for i, f := range found(r) {
		plan := s.Plan(i+1, f.Violation.Rule)
		if err := s.save(i+1, f, f.PlanIn(r.Plan)); err != nil {
			return err
		}
		if i == 0 {
			doc.Replay = s.Line(plan)
			continue
		}
		doc.Replays = append(doc.Replays, s.Line(plan))
	}
	return nil
}

// found lists the counterexamples of a result, the one that stands for it first.
func found(r *campaign.RunResult) []*shrink.Found {
	if r.Found == nil {
		return nil
	}
	return append([]*shrink.Found{r.Found}, r.Further...)
}

// save saves a counterexample: its plan, and what was seen of it.
func (s Shelf) save(n int, f *shrink.Found, plan *model.Plan) error {
	err := files.SavePlan(s.Plan(n, f.Violation.Rule), plan)
	if err != nil || s.History == nil || f.History == nil {
		return err
	}
	return files.SaveHistory(s.History(n), files.Header{
		Seed: plan.Seed, Contract: *contract.Redacted(&plan.Contract),
	}, f.History, verdict.Invalid)
}
