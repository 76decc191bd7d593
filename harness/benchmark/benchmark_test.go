package benchmark_test

import (
	"cmp"
	"encoding/json"
	"errors"
	"io/fs"
	"math"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/model"
)

const (
	// rounds is how often each side runs the plan; medians count.
	rounds = 3
	// outputVariable names the file that the figures are written to.
	outputVariable = "IDEMCHECK_BENCH_JSON"
	defaultOutput  = "../../bench.json"
)

// figure is one measured number beside the peer's.
type figure struct {
	Name string `json:"name"`
	// Ours and Peer are medians over the rounds, in Unit; Ratio is Ours divided by Peer. Where there is no
	// peer both are left out.
	Ours  float64 `json:"ours"`
	Peer  float64 `json:"peer,omitempty"`
	Ratio float64 `json:"ratio,omitempty"`
	Unit  string  `json:"unit"`
	// Goal is what Ratio, or Ours where there is no peer, is meant to reach; left out where none is set.
	Goal float64 `json:"goal,omitempty"`
}

// BenchmarkAgainstToxiproxy compares cases per second: the harness over the wire world, and a
// hand-written test over stock Toxiproxy. It writes its figures to the file that
// IDEMCHECK_BENCH_JSON names, or to bench.json in the root of the repository.
func BenchmarkAgainstToxiproxy(b *testing.B) {
	comparisons := []struct {
		name, what string
		rows       []row
		// cases is a multiple of the number of rows.
		cases int
	}{
		{
			"mix", "cases per second, some answers never come",
			slices.Concat(answered(), silent()), 700,
		},
		{"answered", "cases per second, all answers come", answered(), 700},
	}
	var figures []figure
	for _, c := range comparisons {
		b.Run(c.name, func(b *testing.B) {
			plan := draw(b, c.rows, c.cases)
			for b.Loop() {
				f := compare(b, plan)
				f.Name = c.what
				figures = append(figures, f)
			}
			report(b, figures[len(figures)-1])
		})
	}
	if !b.Failed() {
		save(b, figures)
	}
}

// compare runs a plan on both sides in turns. Each round has fresh services, so that no round is
// slower for what the ones before it left behind.
func compare(b *testing.B, plan *model.Plan) figure {
	b.Helper()
	api := startToxiproxy(b)
	var ours, peers []float64
	for range rounds {
		rate := func(d time.Duration) float64 { return float64(len(plan.Cases)) / d.Seconds() }
		ours = append(ours, rate(runOurs(b, plan)))
		peers = append(peers, rate(runPeer(b, api, plan)))
	}
	b.Logf("ours %.1f, peer %.1f cases/s by round", ours, peers)
	f := figure{Ours: median(ours), Peer: median(peers), Unit: "cases/s"}
	f.Ratio = f.Ours / f.Peer
	return f
}

// median is the middle one of an odd number of values.
func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}

func report(b *testing.B, f figure) {
	b.ReportMetric(0, "ns/op") // how long a comparison takes says nothing
	b.ReportMetric(f.Ours, f.Unit)
	if f.Peer != 0 {
		b.ReportMetric(f.Peer, "peer-"+f.Unit)
		b.ReportMetric(f.Ratio, "ratio")
	}
}

// save puts the figures into a JSON array, in the place of those that had the same names.
func save(b *testing.B, figures []figure) {
	b.Helper()
	path := cmp.Or(os.Getenv(outputVariable), defaultOutput)
	all := load(b, path)
	for _, f := range figures {
		f.Ours, f.Peer, f.Ratio = round(f.Ours), round(f.Peer), math.Round(f.Ratio*100)/100
		same := func(other figure) bool { return other.Name == f.Name }
		if i := slices.IndexFunc(all, same); i >= 0 {
			all[i] = f
		} else {
			all = append(all, f)
		}
	}
	out, err := json.MarshalIndent(all, "", "  ")
	require.NoError(b, err)
	require.NoError(b, os.WriteFile(path, append(out, '\n'), 0o644))
}

// load reads the figures of other benchmarks; none when there is no file yet.
func load(b *testing.B, path string) []figure {
	b.Helper()
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	require.NoError(b, err)
	var all []figure
	require.NoError(b, json.Unmarshal(text, &all), "reading %s", path)
	return all
}

// round keeps one decimal: more would be noise.
func round(v float64) float64 { return math.Round(v*10) / 10 }
