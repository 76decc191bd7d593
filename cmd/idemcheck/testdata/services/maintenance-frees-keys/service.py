"""Payments of a service with a short maintenance now and then: everybody hears 503 with Retry-After.

Wrong: maintenance clears the table of keys, so that a repeat after it pays again.
Right: keys outlive it.
"""
import os
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "common"))
from plumbing import RIGHT, Keys, Refusal, serve

EVERY, LASTS = 1.5, 0.2  # seconds
accounts, payments, keys, lock = {}, [], Keys(), threading.Lock()
begun, held = time.monotonic(), 0


def maintained():
    """Whether the service is in maintenance, which begins with clearing the keys in the wrong one."""
    global held
    n, since = divmod(time.monotonic() - begun, EVERY)
    if n > held:
        held = n
        if not RIGHT:
            with keys.lock:
                keys.rows = {k: row for k, row in keys.rows.items() if row[1] is None}
    return n > 0 and since < LASTS


def pay(r):
    key, account = r.key(), r.text("account")
    amount, reference = r.number("amount"), r.text("reference")
    stored = keys.claim(key, r.fingerprint())
    if stored:
        return stored
    with lock:
        if account not in accounts:
            return keys.store(key, (404, {"error": "no such account"}))
        accounts[account] += amount
        payments.append({"id": f"pay_{len(payments)}", "account": account, "amount": amount,
                         "reference": reference, "key": key})
        return keys.store(key, (201, dict(payments[-1])))


def app(r):
    with lock:
        closed = maintained()
    if closed:
        return 503, {"error": "maintenance"}, {"Retry-After": "1"}
    match r.method, r.parts:
        case "POST", ["accounts"]:
            with lock:
                accounts[r.text("id")] = 0
            return 201, {"id": r.text("id")}
        case "GET", ["accounts", account]:
            with lock:
                return 200, {"id": account, "paid": accounts[account]}
        case "POST", ["payments"]:
            return pay(r)
        case "GET", ["payments"]:
            with lock:
                return 200, {"payments": [p for p in payments if p["account"] == r.query["account"]]}
    raise Refusal(404, "no such path")


serve(app)
