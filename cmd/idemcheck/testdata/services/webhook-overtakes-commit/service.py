"""Refunds of which two paths hear: the request that asks for one, and the provider's webhook about it.

Wrong: the request commits its row long after the provider was asked; a webhook that comes meanwhile
does not find the row and books the refund as one that the provider began. Right: the row is there
before the provider is asked. The webhook comes after 1 to 40 ms, by the
amount, the commit after 15.
"""
import os
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "common"))
from plumbing import RIGHT, Keys, Refusal, serve

purchases, refunds, keys, lock = {}, [], Keys(), threading.Lock()


def book(refund, purchase, amount, reference, key):
    with lock:
        if not any(f["provider"] == refund for f in refunds):
            refunds.append({"id": f"rf_{len(refunds)}", "provider": refund, "purchase": purchase,
                            "amount": amount, "reference": reference, "key": key})
            purchases[purchase] += amount
        return next(f for f in refunds if f["provider"] == refund)


def webhook(refund, purchase, amount, reference):
    """What the provider's webhook calls; without the row's name it cannot know whose refund it is."""
    time.sleep((1 + amount % 40) / 1000)
    if RIGHT or any(f["provider"] == refund for f in list(refunds)):
        return
    with lock:
        refunds.append({"id": f"rf_{len(refunds)}", "provider": refund, "purchase": purchase,
                        "amount": amount, "reference": reference, "key": ""})
        purchases[purchase] += amount


def refund(r):
    key, purchase = r.key(), r.text("purchase")
    amount, reference = r.number("amount"), r.text("reference")
    stored = keys.claim(key, r.fingerprint())
    if stored:
        return stored
    with lock:
        if purchase not in purchases:
            return keys.store(key, (404, {"error": "no such purchase"}))
    name = f"prov_{key}"
    row = book(name, purchase, amount, reference, key) if RIGHT else None
    threading.Thread(target=webhook, args=(name, purchase, amount, reference), daemon=True).start()
    time.sleep(0.015)
    if not RIGHT:
        with lock:
            row = {"id": f"rf_{len(refunds)}", "provider": name, "purchase": purchase, "amount": amount,
                   "reference": reference, "key": key}
            refunds.append(row)
            purchases[purchase] += amount
    return keys.store(key, (201, {"id": row["id"], "amount": amount, "reference": reference}))


def app(r):
    match r.method, r.parts:
        case "POST", ["purchases"]:
            with lock:
                purchases[r.text("id")] = 0
            return 201, {"id": r.text("id")}
        case "GET", ["purchases", purchase]:
            with lock:
                return 200, {"id": purchase, "refunded": purchases[purchase]}
        case "POST", ["refunds"]:
            return refund(r)
        case "GET", ["refunds"]:
            with lock:
                return 200, {"refunds": [f for f in refunds if f["purchase"] == r.query["purchase"]]}
    raise Refusal(404, "no such path")


serve(app)
