"""Sales and returns of several merchants. A copy that comes while its sale is made waits for that one's answer.

Wrong: whoever sends the same bytes under the same key at the same instant waits for the sale, the other merchant
too, and is answered with it. Nothing is stored for anybody but the merchant whose sale it is.
Right: copies of one merchant are joined.
"""
import os
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "common"))
from plumbing import RIGHT, Refusal, serve

WORK = 0.003
tills, books, sales, at_work, lock = {}, [], {}, {}, threading.Lock()


class Sale:
    """A sale, or a return, that is made or at work: whoever asks for it again waits for its answer."""

    def __init__(self, asked):
        self.asked, self.answer, self.made = asked, None, threading.Event()


def book(r, merchant, kind):
    key, amount, reference, asked = r.key(), r.number("amount"), r.text("reference"), r.fingerprint()
    own = (merchant, r.path, key)
    with lock:
        if own in sales and sales[own].asked != asked:
            raise Refusal(422, "this key belongs to another request")
        sale = sales.get(own) or (None if RIGHT else at_work.get((key, asked)))
        first = sale is None
        if first:
            sale = sales[own] = at_work[key, asked] = Sale(asked)
    if first:
        time.sleep(WORK)
        with lock:
            sale.answer = enter(merchant, kind, r.text("till"), amount, reference, key)
            at_work.pop((key, asked), None)
        sale.made.set()
    sale.made.wait()
    return sale.answer


def enter(merchant, kind, till, amount, reference, key):
    if (merchant, till) not in tills:
        return 404, {"error": "no such till"}
    tills[merchant, till] += amount if kind == "sales" else -amount
    entry = {"id": f"entry-{len(books) + 1}-", "kind": kind, "amount": amount, "reference": reference}
    books.append({"merchant": merchant, "till": till, "key": key, **entry})
    return 201, entry


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
