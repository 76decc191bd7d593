"""Sales and returns of several merchants. Sales are numbered from 1 at each till, returns for each merchant.

Wrong: answers are stored under the key alone, and a merchant is answered with the sale of another one.
Right: under merchant and key.
"""
import os
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "common"))
from plumbing import RIGHT, Keys, Refusal, serve

tills, books, keys, lock = {}, [], Keys(), threading.Lock()


def book(r, merchant, kind):
    key, till, amount, reference = r.key(), r.text("till"), r.number("amount"), r.text("reference")
    scope = (merchant, key) if RIGHT else key
    stored = keys.claim(scope, r.fingerprint())
    if stored:
        return stored
    with lock:
        if (merchant, till) not in tills:
            return keys.store(scope, (404, {"error": "no such till"}))
        tills[merchant, till] += amount if kind == "sales" else -amount
        same = [b for b in books if (b["merchant"], b["kind"]) == (merchant, kind)]
        number = 1 + sum(b["till"] == till or kind == "returns" for b in same)
        books.append({"number": number, "merchant": merchant, "kind": kind, "till": till, "amount": amount,
                      "reference": reference, "key": key})
        return keys.store(scope, (201, {"number": number, "amount": amount, "reference": reference}))


def app(r):
    merchant = r.headers.get("X-Merchant", "")
    match r.method, r.parts:
        case "POST", ["tills"]:
            with lock:
                tills[merchant, r.text("id")] = 500
            return 201, {"id": r.text("id")}
        case "GET", ["tills", till]:
            with lock:
                return 200, {"id": till, "content": tills[merchant, till]}
        case "POST", [("sales" | "returns") as kind]:
            return book(r, merchant, kind)
        case "GET", ["books"]:
            with lock:
                return 200, {"books": [b for b in books
                                       if (b["merchant"], b["till"]) == (merchant, r.query["till"])]}
    raise Refusal(404, "no such path")


serve(app)
