package remote

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/idemcheck/idemcheck/harness/contract/template"
	"github.com/idemcheck/idemcheck/harness/observe/elsewhere"
	"github.com/idemcheck/idemcheck/model/source"
)

// maxMetrics bounds what is read of one answer; a part of it is no reading.
const maxMetrics = 32 << 20

// samples reads the samples of one name.
type samples struct {
	place
	name   string
	labels map[string]string
}

// Metrics returns what reads samples. Everything is sent by the given transport.
func Metrics(m source.Metrics, via http.RoundTripper) elsewhere.ItemReader {
	return samples{
		newPlace(place{
			url: m.URL, headers: m.Headers, timeout: m.Timeout.Std(), setting: "metrics.timeout",
		}, via), m.Name, m.Labels,
	}
}

// Items implements [elsewhere.ItemReader].
func (s samples) Items(ctx context.Context, vars template.Vars, each func(any) error) error {
	labels, err := template.Headers(s.labels, vars)
	if err != nil {
		return fmt.Errorf("rendering the labels: %w", err)
	}
	return s.read(ctx, vars, func(a answer) error {
		found, err := parsed(a.body, s.name)
		if err != nil {
			return err
		}
		for _, one := range found {
			if !has(one, labels) {
				continue
			}
			if err := each(item(one)); err != nil {
				return err
			}
		}
		return nil
	})
}

// parsed lists the samples of a name, those that histograms and summaries consist of among them.
func parsed(from io.Reader, name string) (found model.Vector, err error) {
	limited := &io.LimitedReader{R: from, N: maxMetrics}
	families, err := new(expfmt.TextParser).TextToMetricFamilies(limited)
	switch {
	case limited.N <= 0:
		return nil, fmt.Errorf("it is longer than %d MiB", maxMetrics>>20)
	case err != nil:
		return nil, fmt.Errorf("this is not the text format of Prometheus: %w", err)
	}
	for _, f := range families {
		all, err := expfmt.ExtractSamples(&expfmt.DecodeOptions{}, f)
		if err != nil {
			return nil, fmt.Errorf("reading the samples of %s: %w", f.GetName(), err)
		}
		for _, one := range all {
			if string(one.Metric[model.MetricNameLabel]) != name {
				continue
			}
			if v := float64(one.Value); math.IsNaN(v) || math.IsInf(v, 0) {
				return nil, errors.New("a sample of " + name + " is no number: " + one.Value.String())
			}
			found = append(found, one)
		}
	}
	return found, nil
}

// has reports whether a sample has labels.
func has(s *model.Sample, labels map[string]string) bool {
	for name, want := range labels {
		if string(s.Metric[model.LabelName(name)]) != want {
			return false
		}
	}
	return true
}

// item is a sample as ledgers have it.
func item(s *model.Sample) map[string]any {
	out := map[string]any{}
	for name, v := range s.Metric {
		if name != model.MetricNameLabel {
			out[string(name)] = string(v)
		}
	}
	out["value"] = float64(s.Value)
	return out
}
