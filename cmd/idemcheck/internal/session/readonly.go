package session

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/exit"
	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/harness/execute/readonly"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/reports"
)

// lookOnly reads what the contract reads, sends nothing else, and says what else a run of a plan
// would send, or a check without one.
func lookOnly(ctx context.Context, s *Session, plan *model.Plan) (err error) {
	for typ := range s.Flags.known {
		if _, declared := s.Contract.Resources[typ]; !declared {
			return exit.Usage(fmt.Errorf("--resource %s=…: the contract has no resource %q\n"+
				"  next: name one of %s", typ, typ,
				strings.Join(slices.Sorted(maps.Keys(s.Contract.Resources)), ", ")))
		}
	}
	writes := s.Contract.Age != nil
	if writes { // its statement is not even tried
		promised := *s.Contract
		promised.Age, s.Contract = nil, &promised
	}
	t, err := s.reach(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, t.Close()) }()
	found, err := readonly.Read(ctx, readonly.Inspection{
		Contract: t.Contract, Secrets: contract.Secrets(s.Contract, s.Env), HTTP: t.HTTP,
		Known: s.Flags.known,
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(s.Out, "read only: nothing but GET and HEAD was sent to %s\n\n",
		reports.Visible(s.TargetURL))
	var rows [][]string
	s.Code = exit.Unknown // as long as nothing was read
	for _, one := range found {
		rows = append(rows, []string{one.What, one.As, outcome(one)})
		if one.Err == "" {
			s.Code = exit.Valid
		}
	}
	if writes {
		rows = append(rows, []string{"age.sql", "", "refused: it writes to a database"})
	}
	if slices.ContainsFunc(found, func(r readonly.Reading) bool { return r.Err != "" && !r.Unsent }) {
		s.Code = exit.Unknown
	}
	if err := reports.Table(s.Out, []string{"reading", "as", "came of it"}, rows); err != nil {
		return err
	}
	if plan != nil {
		return foresee(s, plan, "\nwhat a run would send besides, seed %d\n\n")
	}
	_, err = fmt.Fprintf(s.Out, "\na check would send besides: what makes %s, and a few operations "+
		"of each type (%s), each with a repeat\n",
		names(s.Contract.Resources), names(s.Contract.Operations))
	return err
}

// outcome says what came of a reading.
func outcome(of readonly.Reading) string {
	switch {
	case of.Err == "":
		return "read"
	case of.Unsent:
		return "not sent: " + reports.Visible(of.Err)
	}
	return "✗ " + reports.Visible(of.Err)
}

// names lists the names of a part of the contract.
func names[T any](part map[string]T) string {
	if len(part) == 0 {
		return "nothing"
	}
	return strings.Join(slices.Sorted(maps.Keys(part)), ", ")
}
