"""Payments whose answers are stored after they were sent, by something that nobody waits for.

Wrong: storing fails without a word when the amount is a multiple of five; the payment is made and
acknowledged, and whoever repeats it hears for a day that the first attempt is still at work.
Right: the answer is stored before it is sent.
"""
import os
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "common"))
from plumbing import RIGHT, Keys, Refusal, serve

accounts, payments, keys, lock = {}, [], Keys(), threading.Lock()


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
        answer = (201, dict(payments[-1]))
    if RIGHT or amount % 5:
        keys.store(key, answer)
    return answer


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
