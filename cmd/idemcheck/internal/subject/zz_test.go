package subject_test

import (
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/idemcheck/idemcheck/cmd/idemcheck/internal/subject"
	"github.com/idemcheck/idemcheck/harness"
	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/model"
	"github.com/idemcheck/idemcheck/reference"
	"github.com/idemcheck/idemcheck/reference/memory"
	"github.com/idemcheck/idemcheck/scenarios"
)

func TestZZ(t *testing.T) {
	variant := os.Getenv("ZZ")
	p, _ := subject.Contract(variant)
	c := *p
	c.Target.URL, c.Target.MaxRate = "http://in.memory", 1_000_000
	ready, _ := contract.Resolve(&c, os.LookupEnv)
	spec, _ := contract.Compile(ready)
	for seed := uint64(1); seed <= number(t, "ZZSEEDS", 10); seed++ {
		plan, _ := harness.Draw(harness.DrawOptions{Contract: ready, Scenarios: scenarios.Virtual(), Seed: seed, Cases: 1000, Points: reference.Points()})
		last := map[int]string{}
		_, err := harness.Run(t.Context(), harness.Options{
			Contract: ready, Plan: plan, Parallel: 1, ShrinkBudget: -1, KeepGoing: true,
			Enter: harness.Virtual(t, harness.Handler(func(env *harness.Env) http.Handler {
				s, _ := reference.New(reference.Options{Store: harness.Keep(env, "store", memory.New), Work: 5 * time.Millisecond, Variant: variant, Point: env.Point})
				return s
			})),
			Save: func(h *model.History) error {
				delete(last, h.Case)
				if v := model.Judge(h, ready, spec); v.Verdict == model.Unknown {
					last[h.Case] = fmt.Sprintln(seed, h.Case, h.Run, h.Scenario, v.Reasons, "\n"+model.Format(h))
				}
				return nil
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range last {
			lines := strings.Split(text, "\n")
			for i := range lines {
				lines[i] = lines[i][:min(len(lines[i]), 160)]
				if strings.Contains(lines[i], "final") && i > 80 { continue }
				fmt.Println(lines[i])
			}
		}
	}
}
