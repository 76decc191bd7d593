"""Payments of a service that is down now and then: the gateway before it answers 502 meanwhile.

Wrong: the last payments were not on the disk, and are gone when it is up again; their answers are not.
Right: they are on the disk before they are answered.
"""
import os
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "common"))
from plumbing import RIGHT, Keys, Refusal, serve

UP, DOWN, LOST = 3.0, 2.0, 2.5  # seconds
accounts, payments, keys, lock = set(), [], Keys(), threading.Lock()
begun, outages = time.monotonic(), 0


def down():
    """Whether the service is down. The caller holds the lock."""
    global outages
    n, since = divmod(time.monotonic() - begun, UP + DOWN)
    if since < UP:
        return False
    if n >= outages:
        outages = n + 1
        if not RIGHT:
            last = time.monotonic() - LOST
            payments[:] = [p for p in payments if p["at"] < last]
    return True


def pay(r):
    key, account = r.key(), r.text("account")
    amount, reference = r.number("amount"), r.text("reference")
    stored = keys.claim(key, r.fingerprint())
    if stored:
        return stored
    with lock:
        if account not in accounts:
            return keys.store(key, (404, {"error": "no such account"}))
        payments.append({"id": f"pay_{key}", "account": account, "amount": amount,
                         "reference": reference, "key": key, "at": time.monotonic()})
        return keys.store(key, (201, dict(payments[-1])))


def app(r):
    with lock:
        if down():
            return 502, {"error": "bad gateway"}
    match r.method, r.parts:
        case "POST", ["accounts"]:
            with lock:
                accounts.add(r.text("id"))
            return 201, {"id": r.text("id")}
        case "GET", ["accounts", account]:
            with lock:
                paid = sum(p["amount"] for p in payments if p["account"] == account)
            return 200, {"id": account, "paid": paid}
        case "POST", ["payments"]:
            return pay(r)
        case "GET", ["payments"]:
            with lock:
                return 200, {"payments": [p for p in payments if p["account"] == r.query["account"]]}
    raise Refusal(404, "no such path")


serve(app)
