package plan_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/internal/keyform"
	"github.com/idemcheck/idemcheck/harness/plan"
	"github.com/idemcheck/idemcheck/harness/plan/internal/samples"
	"github.com/idemcheck/idemcheck/model"
)

// byPath is a contract without keys: the path says what is done once, and 409 that it was.
const byPath = `
version: 1
target: {url: "http://stub.test"}
dialect: ack-only
key: {header: ""}
promises: {in_flight: [], mismatch: [422], malformed: [400]}
resources:
  shelf:
    create: {path: /shelves, body: {id: "{unique}"}}
    read: {path: "/shelves/{id}"}
    state: {reserved: {field: reserved, initial: 50}}
  reservation:
    needs: {shelf: shelf}
    create: {path: /reservations, body: {id: "{unique}", shelf: "{shelf}"}}
operations:
  release:
    path: /reservations/{reservation}/release
    args: {reservation: {resource: reservation}}
    body: {reason: "{mark}"}
    ok: [200]
    then: {reservation.shelf.reserved: reservation.shelf.reserved - 5}
  count:
    path: /counts
    body: {reason: "{mark}"}
    ok: [200]
`

func TestShapesAboutKeysNeedAKey(t *testing.T) {
	c := parsed(t, byPath)
	require.Empty(t, c.Key.Header, "an empty name is none, whatever the dialect says")
	for _, s := range samples.EveryShape() {
		why := plan.Applicable(s, c)
		switch s.Shape {
		case plan.Independent, plan.AbandonedDuplicates, plan.RetryAfterOtherTraffic:
			require.Empty(t, why, s.Name)
		default:
			require.Contains(t, why, "the contract sends no key", s.Name)
		}
	}
	for _, send := range []func(*model.Contract){
		func(c *model.Contract) { c.Key.Header = "Idempotency-Key" },
		func(c *model.Contract) { resent(c, "count", "/counts/{key}", nil) },
		func(c *model.Contract) { resent(c, "count", "/counts", []any{"of {key}"}) },
	} {
		require.Empty(t, plan.Applicable(plan.Scenario{Shape: plan.SameBody}, parsed(t, byPath, send)))
	}
}

// resent gives an operation type another path and body.
func resent(c *model.Contract, typ, path string, body any) {
	o := c.Operations[typ]
	o.Path, o.Body = path, body
	c.Operations[typ] = o
}

func TestOnlyOperationsWithAKeyTakeItsShapes(t *testing.T) {
	c := parsed(t, byPath, func(c *model.Contract) {
		resent(c, "count", "/counts", map[string]any{"key": "{key}", "reason": "{mark}"})
		c.Key.Scope = []string{"route"}
	})
	require.Contains(t, plan.Applicable(plan.Scenario{Shape: plan.Routes}, c), "no two routes")
	for _, shape := range []plan.Shape{
		plan.Mismatch, plan.NearMismatch, plan.SameBody, plan.CollidingKeys, plan.Malformed,
	} {
		for _, search := range plan.Searches() {
			drawn, err := plan.Draw(plan.Options{
				Contract: c, Scenarios: []plan.Scenario{{Name: "keys", Shape: shape}}, Cases: 20, Search: search,
			})
			require.NoError(t, err)
			for _, one := range drawn.Cases {
				for _, op := range one.Operations {
					require.Equal(t, "count", op.Type, shape)
				}
			}
		}
	}
}

// A body holds every text, so that no key in it is malformed but a missing, an empty or a long one.
func TestKeysInBodiesAreMalformedOnlyByLength(t *testing.T) {
	yes := true
	c := parsed(t, byBody, func(c *model.Contract) {
		c.Key.Quoted, c.Key.MaxLength, c.Promises.Malformed = &yes, 64, []int{400}
	})
	want := []model.KeyStyle{model.KeyMissing, model.KeyEmpty, model.KeyTooLong}
	require.Equal(t, want, keyform.MalformedStyles(c))
}

// What 409 says was done before may be another operation's where nothing but the resource names it.
func TestWithoutAKeyAThingIsAskedForOnce(t *testing.T) {
	c := parsed(t, byPath)
	for _, search := range plan.Searches() {
		drawn, err := plan.Draw(plan.Options{
			Contract: c, Scenarios: samples.EveryShape(), Cases: 100, Seed: 3, Search: search,
		})
		require.NoError(t, err)
		maxOperations := 0
		for _, one := range append(drawn.Cases, plan.Mutants(drawn, c, drawn.Cases, 40)...) {
			maxOperations = max(maxOperations, len(one.Operations))
			released := map[string]bool{}
			for _, op := range one.Operations {
				thing := fmt.Sprint(op.Tenant, op.Args["reservation"])
				require.False(t, op.Type == "release" && released[thing], "%+v", one.Operations)
				released[thing] = released[thing] || op.Type == "release"
			}
		}
		require.Greater(t, maxOperations, 3, "some more things are made to be asked for")
	}
	c.Promises.Done = nil
	drawn, err := plan.Draw(plan.Options{
		Contract: c, Scenarios: samples.EveryShape(), Cases: 100, Seed: 3, Search: plan.Random,
	})
	require.NoError(t, err)
	require.True(t, sharesAThing(drawn), "without that answer operations meet")
}

func sharesAThing(drawn *model.Plan) bool {
	for _, one := range drawn.Cases {
		released := map[any]bool{}
		for _, op := range one.Operations {
			if op.Type == "release" && released[op.Args["reservation"]] {
				return true
			}
			released[op.Args["reservation"]] = true
		}
	}
	return false
}
