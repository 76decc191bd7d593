"""Transfers whose amounts have cents. Accounts are kept in whole cents, and transfers are named by 64 bits
without a sign.

Wrong: a repeat is answered from a row that holds int(amount * 100), and that of 0.29 is 28: 29 cents
come back as 28. Right: it is rounded.
"""
import os
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "common"))
from plumbing import RIGHT, Keys, Refusal, serve

accounts, transfers, keys, lock = {}, [], Keys(), threading.Lock()


def stored(answer):
    status, body = answer
    if status != 201:
        return answer
    cents = round(body["amount"] * 100) if RIGHT else int(body["amount"] * 100)
    return status, body | {"amount": cents / 100}


def transfer(r):
    key, account, reference = r.key(), r.text("account"), r.text("reference")
    amount = r.body.get("amount")
    if not isinstance(amount, float):
        raise Refusal(400, "amount must have cents")
    earlier = keys.claim(key, r.fingerprint())
    if earlier:
        return stored(earlier)
    with lock:
        if account not in accounts:
            return keys.store(key, (404, {"error": "no such account"}))
        if accounts[account] < round(amount * 100):
            return keys.store(key, (402, {"error": "not enough money"}))
        accounts[account] -= round(amount * 100)
        transfers.append({"id": 2**63 + len(transfers), "account": account, "amount": amount,
                          "reference": reference, "key": key})
        return keys.store(key, (201, transfers[-1] | {"balance": accounts[account] / 100}))


def app(r):
    match r.method, r.parts:
        case "POST", ["accounts"]:
            with lock:
                accounts[r.text("id")] = 100
            return 201, {"id": r.text("id")}
        case "GET", ["accounts", account]:
            with lock:
                return 200, {"id": account, "balance": accounts[account] / 100}
        case "POST", ["transfers"]:
            return transfer(r)
        case "GET", ["transfers"]:
            with lock:
                return 200, {"transfers": [t for t in transfers if t["account"] == r.query["account"]]}
    raise Refusal(404, "no such path")


serve(app)
