#!/bin/sh
# foreign-replay: seed 42, case 8, as the service saw it.
# Every run uses fresh keys; resources are those of the recorded run.
# BASE overrides the address.
# The whole of it: idemcheck replay idemcheck-out/20260102-030405/counterexample/plan.json
base=${BASE:-http://127.0.0.1:8080}
run=$(date +%s)
: "${AUTHORIZATION:?set it to the value of Authorization}"
: "${X_API_KEY_RED:?set it to the value of X-Api-Key}"
: "${X_API_KEY_BLUE:?set it to the value of X-Api-Key}"

send_a() { # label, options
  label=$1; shift
  curl -sS -g -X POST "$base"/accounts/acc-7/payments \
    -H "Authorization: $AUTHORIZATION" \
    -H "X-Api-Key: $X_API_KEY_RED" \
    -H 'X-Env: '"${STAGE:-test}" \
    -H 'Content-Type: application/json' \
    -H 'Idempotency-Key: "key-9'"-$run"'"' \
    --data-raw '{"amount":5,"note":"it'\''s mark-a'"-$run"'"}' \
    -w "  [$label: %{http_code}]\n" "$@"
}
send_b() { # label, options
  label=$1; shift
  curl -sS -g -X POST "$base"/accounts/acc-7/payments \
    -H "Authorization: $AUTHORIZATION" \
    -H "X-Api-Key: $X_API_KEY_BLUE" \
    -H 'X-Env: '"${STAGE:-test}" \
    -H 'Content-Type: application/json' \
    -H 'Idempotency-Key: "key-9'"-$run"'"' \
    --data-raw '{"amount":5,"note":"it'\''s mark-b'"-$run"'"}' \
    -w "  [$label: %{http_code}]\n" "$@"
}

# side by side; curl cannot hold back a last byte, so try a few times
send_b b.1 &
# b.1 again: a duplicate that no client sent
send_b 'b.1 again' &
wait
sleep 0.108
send_a a.2
sleep 0.039
# a.1: late-arrival (upstream, 150ms); the client never saw this answer
send_a a.1

# what it left behind
curl -sS -g "$base"/accounts/acc-7/charges -H "Authorization: $AUTHORIZATION" -H "X-Api-Key: $X_API_KEY_RED" -H 'X-Env: '"${STAGE:-test}"; echo
curl -sS -g "$base"/accounts/acc-7/charges -H "Authorization: $AUTHORIZATION" -H "X-Api-Key: $X_API_KEY_BLUE" -H 'X-Env: '"${STAGE:-test}"; echo
