package harness

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/idemcheck/idemcheck/harness/campaign"
	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/harness/internal/saved"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/model/verdict"
)

// beside is the folder of a test's saved counterexamples.
func beside(test string) string { return filepath.Join("testdata", "idemcheck", safeName(test)) }

// again runs what is saved in a folder, before anything is drawn, and returns what a failure
// prints, or "". What could not be judged is a note: drawn cases follow.
func (s Suite) again(
	t *testing.T, target Target, written *model.Contract, folder string,
) (string, error) {
	ready, err := inMemory(written, target)
	if err != nil {
		return "", err
	}
	known := saved.Load(folder, ready, s.Scenarios)
	for _, note := range known.Notes {
		t.Log("idemcheck: " + note)
	}
	if len(known.Cases) == 0 {
		return "", nil
	}
	c := s.checking(t, target, &model.Plan{
		Schema: model.PlanSchema, Seed: 1, Contract: *contract.Redacted(written), Cases: known.Cases,
	})
	o := c.options(ready)
	if c.result, err = campaign.Replay(context.Background(), o); err != nil {
		return "", fmt.Errorf("running what is saved in %s: %w", folder, c.bubbles.blame(err))
	}
	if err := keeps(context.Background(), o, c.result); err != nil {
		return "", fmt.Errorf("running what is saved in %s: %w", folder, err)
	}
	if f := c.result.Found; f != nil {
		c.replayed = known.Paths[f.Case.Index]
		c.note = fmt.Sprintf("SAVED: %s breaks %s again, and no case was drawn", c.replayed,
			f.Violation.Rule)
		return c.verdict(), nil
	}
	t.Logf("idemcheck: the saved cases of %s came first: %d, %s", folder, len(known.Cases),
		c.result.Verdict.Verdict)
	if c.result.Verdict.Verdict != verdict.Valid {
		t.Logf("idemcheck: of the saved cases some could not be judged: %v", c.result.Verdict.Reasons)
	}
	return "", nil
}
