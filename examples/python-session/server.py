"""A wallet service behind a login, in nothing but Python's standard library.

    python3 server.py [PORT]        (default 8091; or the environment variable PORT)

POST /login gives a token that lives for a few seconds (TOKEN_LIFE). POST /payouts takes money out of
a wallet, once for every Idempotency-Key.
"""

import contextlib
import json
import os
import sys
import threading
import time
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

PASSWORDS = {"north": os.environ.get("NORTH_PASSWORD", "north-password"),
             "south": os.environ.get("SOUTH_PASSWORD", "south-password")}
TOKEN_LIFE = float(os.environ.get("TOKEN_LIFE", "2"))

# BROKEN=1 keeps keys with the token of the caller: a retry after a new login is another payout.
BROKEN = os.environ.get("BROKEN") == "1"


class Refusal(Exception):
    def __init__(self, status, message):
        super().__init__(message)
        self.status = status


class Bank:
    """Wallets, payouts, and the answers under their keys; one thread at a time is inside."""

    def __init__(self):
        self.lock = threading.Lock()
        self.tokens, self.wallets, self.payouts, self.answers = {}, {}, [], {}

    def login(self, body):
        user = body.get("user")
        if user not in PASSWORDS or body.get("password") != PASSWORDS[user]:
            raise Refusal(403, "the user or the password is wrong")
        token = uuid.uuid4().hex
        self.tokens[token] = user, time.monotonic() + TOKEN_LIFE
        return 200, {"access_token": token, "expires_in": TOKEN_LIFE}

    def tenant(self, token):
        user, ends = self.tokens.get(token, ("", 0))
        if time.monotonic() >= ends:
            raise Refusal(401, "the token is missing, unknown or has expired")
        return user

    def once(self, caller, key, raw, work):
        """The answer under a key, or that of work, which is then stored: (status, body, replayed)."""
        stored = self.answers.get((caller, key))
        if stored:
            if stored[0] != raw:
                raise Refusal(409, "this key was used with another payload")
            return *stored[1:], True
        status, body = work()
        self.answers[caller, key] = raw, status, body
        return status, body, False

    def open(self, tenant, body):
        name = body["name"]
        if (tenant, name) in self.wallets:
            return 422, {"error": "this wallet exists already"}
        self.wallets[tenant, name] = 1000
        return 201, {"id": name, "balance": 1000}

    def pay(self, tenant, key, body):
        wallet, amount = (tenant, body["wallet"]), body["amount"]
        if wallet not in self.wallets:
            return 422, {"error": "there is no such wallet"}
        if self.wallets[wallet] < amount:
            return 422, {"error": "there is not enough in the wallet"}
        self.wallets[wallet] -= amount
        payout = {"id": uuid.uuid4().hex, "wallet": body["wallet"], "amount": amount,
                  "reference": body["reference"], "key": key}
        self.payouts.append((tenant, payout))
        return 201, payout


def read(raw):
    try:
        body = json.loads(raw)
    except ValueError as error:
        raise Refusal(400, "the body is not JSON") from error
    if not isinstance(body, dict):
        raise Refusal(400, "the body is not an object")
    return body


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True
    bank = Bank()

    def do_POST(self):
        length = int(self.headers.get("Content-Length", 0))
        raw = self.rfile.read(length)
        if len(raw) < length:  # a body that was cut off is nobody's order
            self.close_connection = True
            return
        with self.bank.lock:
            self.answer(lambda: self.post(raw))

    def post(self, raw):
        body = read(raw)
        if self.path == "/login":
            return self.bank.login(body)
        tenant, key = self.bank.tenant(self.token()), self.key()
        caller = self.token() if BROKEN else tenant
        work = {"/wallets": lambda: self.bank.open(tenant, body),
                "/payouts": lambda: self.bank.pay(tenant, key, body)}.get(self.path)
        if work is None:
            raise Refusal(404, "there is no such path")
        try:
            status, answer, _ = self.bank.once(caller, key, raw, work)
        except (KeyError, TypeError) as error:
            raise Refusal(400, f"a field is missing or of the wrong type: {error}") from error
        return status, answer

    def do_GET(self):
        with self.bank.lock:
            self.answer(self.get)

    def get(self):
        tenant, url = self.bank.tenant(self.token()), urlsplit(self.path)
        match url.path.strip("/").split("/"):
            case ["wallets", name] if (tenant, name) in self.bank.wallets:
                return 200, {"id": name, "balance": self.bank.wallets[tenant, name]}
            case ["payouts"]:
                wallet = parse_qs(url.query).get("wallet", [""])[0]
                return 200, {"payouts": [p for owner, p in self.bank.payouts
                                         if owner == tenant and p["wallet"] == wallet]}
        raise Refusal(404, "there is no such path")

    def token(self):
        return self.headers.get("Authorization", "").removeprefix("Bearer ")

    def key(self):
        keys = self.headers.get_all("Idempotency-Key", [])
        good = len(keys) == 1 and 0 < len(keys[0]) <= 255
        if not good or not all("!" <= c <= "~" and c not in '"\\,;' for c in keys[0]):
            raise Refusal(400, "the header Idempotency-Key is missing or malformed")
        return keys[0]

    def answer(self, work):
        try:
            status, body = work()
        except Refusal as refusal:
            status, body = refusal.status, {"error": str(refusal)}
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        """Nothing: a check sends thousands of messages."""


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], ConnectionError):  # a client may give up
            super().handle_error(request, client_address)


def main():
    port = sys.argv[1] if len(sys.argv) > 1 else os.environ.get("PORT", "8091")
    with Server(("127.0.0.1", int(port)), Handler) as server:
        print(f"wallets on http://127.0.0.1:{server.server_address[1]}", flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            server.serve_forever()


if __name__ == "__main__":
    main()
