package execute

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idemcheck/idemcheck/harness/contract"
	"github.com/idemcheck/idemcheck/harness/internal/sleep"
	"github.com/idemcheck/idemcheck/harness/internal/stub"
	"github.com/idemcheck/idemcheck/model/fault"
)

func TestATimeoutIsLongerWhileSomebodyIsLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		require.NoError(t, sleep.For(t.Context(), time.Minute)) // so that lateness lies after the beginning
		c := stub.Charging(nil, fault.Fault{
			Kind: fault.LateArrival, Operation: "a", Attempt: 1, Span: stub.Milliseconds(230),
		})
		text := strings.Replace(stub.Promises, "timeout: 100ms", "timeout: auto", 1)
		promised, err := contract.Parse("stub.yaml", []byte(text))
		require.NoError(t, err)
		e := executing(t, promised)
		pulse := func(late int) {
			e.Conditions.Woke(time.Now().Add(-stub.Milliseconds(late).Std()))
		}
		pulse(19)
		require.Equal(t, stub.Milliseconds(200).Std(), e.patience(&c, "a", 2), "nobody is late")
		pulse(50)
		require.Equal(t, stub.Milliseconds(400).Std(), e.patience(&c, "a", 2))
		require.Equal(t, stub.Milliseconds(200).Std(), e.patience(&c, "a", 1), "this client is to give up")
		end := e.Conditions.Reading()
		require.NoError(t, sleep.For(t.Context(), stub.Milliseconds(300).Std()))
		end(true)
		require.Equal(t, stub.Milliseconds(1400).Std(), e.patience(&c, "a", 2))
		pulse(9000)
		require.Equal(t, MaxTimeout, e.patience(&c, "a", 2))
		require.NoError(t, sleep.For(t.Context(), 2*lately))
		e.Conditions.Woke(time.Now())
		require.Equal(t, stub.Milliseconds(200).Std(), e.patience(&c, "a", 2), "that was long ago")
		e.Contract = stub.Contract(t)
		pulse(50)
		require.Equal(t, stub.Milliseconds(100).Std(), e.patience(&c, "a", 2), "the contract says when")
	})
}
