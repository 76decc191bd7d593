"""Purchases paid with a token that lives for seconds and is made anew for each attempt.

Wrong: the challenge and the token together are the identity of a purchase, so that a retry with a
new token pays again. Right: the challenge alone is.
"""
import os
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "common"))
from plumbing import RIGHT, Refusal, serve

buyers, charges, paid, lock = {}, [], {}, threading.Lock()


def buy(r):
    challenge, buyer = r.text("challenge"), r.text("buyer")
    token, amount = r.text("token"), r.number("amount")
    identity = challenge if RIGHT else f"{challenge}/{token}"
    with lock:
        if buyer not in buyers:
            raise Refusal(404, "no such buyer")
        if identity not in paid:
            buyers[buyer] += amount
            charges.append({"id": f"ch_{len(charges)}", "buyer": buyer, "amount": amount,
                            "challenge": challenge})
            paid[identity] = charges[-1]
        elif paid[identity]["amount"] != amount or paid[identity]["buyer"] != buyer:
            raise Refusal(422, "this challenge was another purchase")
        return 201, paid[identity]


def app(r):
    match r.method, r.parts:
        case "POST", ["buyers"]:
            with lock:
                buyers[r.text("id")] = 0
            return 201, {"id": r.text("id")}
        case "GET", ["buyers", buyer]:
            with lock:
                return 200, {"id": buyer, "spent": buyers[buyer]}
        case "POST", ["purchases"]:
            return buy(r)
        case "GET", ["charges"]:
            with lock:
                return 200, {"charges": [c for c in charges if c["buyer"] == r.query["buyer"]]}
    raise Refusal(404, "no such path")


serve(app)
