"""Payments without a client key: the service derives one from the invoice, the amount and the time.

Wrong: the time is the current second, so that a retry one second later is another payment.
Right: the invoice alone identifies the payment.
"""
import os
import sqlite3
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "common"))
from plumbing import RIGHT, Refusal, serve

db = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
db.executescript("""
CREATE TABLE accounts (id TEXT PRIMARY KEY, balance INTEGER);
CREATE TABLE payments (id INTEGER PRIMARY KEY, account TEXT, invoice TEXT, amount INTEGER,
                       left INTEGER, derived TEXT UNIQUE);
""")
lock = threading.Lock()


def derived(invoice, amount):
    return invoice if RIGHT else f"{invoice}/{amount}/{int(time.time())}"


def shown(row):
    return {"id": f"pay_{row[0]}", "invoice": row[2], "amount": row[3], "balance": row[4]}


def pay(account, invoice, amount):
    with lock:
        key = derived(invoice, amount)
        row = db.execute("SELECT * FROM payments WHERE derived = ?", (key,)).fetchone()
        if row:
            if row[3] != amount or row[1] != account:
                raise Refusal(409, "this invoice was paid differently")
            return 201, shown(row)
        found = db.execute("SELECT balance FROM accounts WHERE id = ?", (account,)).fetchone()
        if found is None:
            raise Refusal(404, "no such account")
        if found[0] < amount:
            raise Refusal(402, "not enough money")
        db.execute("UPDATE accounts SET balance = balance - ? WHERE id = ?", (amount, account))
        cursor = db.execute("INSERT INTO payments (account, invoice, amount, left, derived)"
                            " VALUES (?, ?, ?, ?, ?)",
                            (account, invoice, amount, found[0] - amount, key))
        row = db.execute("SELECT * FROM payments WHERE id = ?", (cursor.lastrowid,)).fetchone()
        return 201, shown(row)


def app(r):
    match r.method, r.parts:
        case "POST", ["accounts"]:
            with lock:
                db.execute("INSERT INTO accounts VALUES (?, 1000)", (r.text("id"),))
            return 201, {"id": r.text("id"), "balance": 1000}
        case "GET", ["accounts", account]:
            with lock:
                row = db.execute("SELECT balance FROM accounts WHERE id = ?", (account,)).fetchone()
            return 200, {"id": account, "balance": row[0]}
        case "POST", ["payments"]:
            return pay(r.text("account"), r.text("invoice"), r.number("amount"))
        case "GET", ["payments"]:
            with lock:
                rows = db.execute("SELECT * FROM payments WHERE account = ?", (r.query["account"],))
                return 200, {"payments": [shown(row) for row in rows]}
    raise Refusal(404, "no such path")


serve(app)
