"""Refunds through a payment provider that has idempotency keys of its own.

Wrong: the key sent to the provider is the id of the refund's row, and the row is deleted when the
provider does not answer, so that a retry makes another row and so another key. Right: the row
stays, and a retry drives the same one.
The provider's answer to the first call is lost after it has paid when the amount is a multiple of four.
"""
import os
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "common"))
from plumbing import RIGHT, Keys, Refusal, serve

payments, statement, rows, keys, lock = {}, {}, {}, Keys(), threading.Lock()
counter, unlucky = [0], set()


def provider(provider_key, payment, amount, reference):
    """Pays once for a key; None when its answer is lost."""
    time.sleep(0.002)
    with lock:
        statement.setdefault(provider_key, {"id": f"po_{len(statement)}", "payment": payment,
                                            "amount": amount, "reference": reference})
        if amount % 4 == 0 and reference not in unlucky:
            unlucky.add(reference)
            return None
        return statement[provider_key]


def refund(r):
    key, payment = r.key(), r.text("payment")
    amount, reference = r.number("amount"), r.text("reference")
    stored = keys.claim(key, r.fingerprint())
    if stored:
        return stored
    with lock:
        if payment not in payments:
            return keys.store(key, (404, {"error": "no such payment"}))
        row = rows.get(key)
        if row is None:
            if payments[payment] + amount > 500:
                return keys.store(key, (422, {"error": "more than was paid"}))
            counter[0] += 1
            row = rows[key] = f"re_{counter[0]}"
            payments[payment] += amount
    paid = provider(row, payment, amount, reference)
    if paid is None:
        with lock:
            if RIGHT:
                keys.release(key)
            else:
                del rows[key]
                payments[payment] -= amount
                keys.drop(key)
        return 502, {"error": "the provider did not answer"}
    return keys.store(key, (201, {"id": row, "amount": amount, "reference": reference}))


def app(r):
    match r.method, r.parts:
        case "POST", ["payments"]:
            with lock:
                payments[r.text("id")] = 0
            return 201, {"id": r.text("id")}
        case "GET", ["payments", payment]:
            with lock:
                return 200, {"id": payment, "refunded": payments[payment]}
        case "POST", ["refunds"]:
            return refund(r)
        case "GET", ["statement"]:
            with lock:
                return 200, {"lines": [s for s in statement.values() if s["payment"] == r.query["payment"]]}
    raise Refusal(404, "no such path")


serve(app)
