"""Payments of which only a few are made at a time; whoever comes then is told 429.

Wrong: 429 is stored under the key like any other answer, so that this key hears nothing else for a day.
Right: 429 frees the key.
"""
import os
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "common"))
from plumbing import RIGHT, Keys, Refusal, serve

accounts, payments, keys, lock = {}, [], Keys(), threading.Lock()
places = threading.Semaphore(2)


def pay(r):
    key, account = r.key(), r.text("account")
    amount, reference = r.number("amount"), r.text("reference")
    stored = keys.claim(key, r.fingerprint())
    if stored:
        return stored
    if not places.acquire(blocking=False):
        busy = (429, {"error": "too many payments at a time"})
        if RIGHT:
            keys.drop(key)
        else:
            keys.store(key, busy)
        return busy
    try:
        time.sleep(0.003)
        with lock:
            if account not in accounts:
                return keys.store(key, (404, {"error": "no such account"}))
            accounts[account] += amount
            payments.append({"id": f"pay_{len(payments)}", "account": account, "amount": amount,
                             "reference": reference, "key": key})
            return keys.store(key, (201, dict(payments[-1])))
    finally:
        places.release()


def app(r):
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
