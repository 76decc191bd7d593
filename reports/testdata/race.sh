#!/bin/sh
# duplicate-effect: seed 42, case 3, as the service saw it.
# Every run uses fresh keys; resources are those of the recorded run.
# BASE overrides the address.
# The whole of it: idemcheck replay idemcheck-out/20260102-030405/counterexample/plan.json
base=${BASE:-http://127.0.0.1:8080}
run=$(date +%s)
: "${AUTHORIZATION:?set it to the value of Authorization}"

send_a() { # label, options
  label=$1; shift
  curl -sS -g -X POST "$base"/accounts/acc-7/payments \
    -H "Authorization: $AUTHORIZATION" \
    -H 'X-Env: '"${STAGE:-test}" \
    -H 'Content-Type: application/json' \
    -H 'Idempotency-Key: "key-77'"-$run"'"' \
    --data-raw '{"amount":5,"note":"it'\''s mark-a'"-$run"'"}' \
    -w "  [$label: %{http_code}]\n" "$@"
}

# side by side; curl cannot hold back a last byte, so try a few times
send_a a.1 &
send_a a.2 &
send_a a.3 &
send_a a.4 &
wait

# what it left behind
curl -sS -g "$base"/accounts/acc-7/charges -H "Authorization: $AUTHORIZATION" -H 'X-Env: '"${STAGE:-test}"; echo
