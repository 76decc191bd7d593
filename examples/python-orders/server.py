"""An order service with idempotency keys, in nothing but Python's standard library.

    python3 server.py [PORT]        (default 8090; or the environment variable PORT)

One transaction holds the key, the order, the change of stock and the stored answer, so that all of
them are there or none is. Everything else about idempotency keys follows from that.
"""

import contextlib
import hashlib
import json
import os
import sqlite3
import sys
import threading
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

TOKENS = {
    os.environ.get("NORTH_TOKEN", "north-token"): "north",
    os.environ.get("SOUTH_TOKEN", "south-token"): "south",
}

# BROKEN=1 leaves out the one lookup that makes a retry harmless, to see what a failing check looks
# like.
BROKEN = os.environ.get("BROKEN") == "1"

SCHEMA = """
CREATE TABLE products (tenant TEXT, sku TEXT, stock INTEGER, PRIMARY KEY (tenant, sku));
CREATE TABLE orders (id TEXT PRIMARY KEY, tenant TEXT, sku TEXT, quantity INTEGER,
                     reference TEXT, key TEXT);
CREATE INDEX orders_by_sku ON orders (tenant, sku);
CREATE TABLE answers (tenant TEXT, key TEXT, fingerprint TEXT, status INTEGER, body TEXT,
                      PRIMARY KEY (tenant, key));
"""


class Refusal(Exception):
    """An answer that says why nothing was done. It is stored with the key unless keep is False."""

    def __init__(self, status, message, keep=True):
        super().__init__(message)
        self.status, self.keep = status, keep


class Store:
    """The database and the keys that are being worked on."""

    def __init__(self):
        self.db = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
        self.db.executescript(SCHEMA)
        self.writing = threading.Lock()
        self.claiming = threading.Lock()
        self.claims = set()

    @contextlib.contextmanager
    def transaction(self):
        """All of what happens inside is kept, or nothing is."""
        with self.writing:
            self.db.execute("BEGIN IMMEDIATE")
            try:
                yield self.db
                self.db.execute("COMMIT")
            except BaseException:
                self.db.execute("ROLLBACK")
                raise

    @contextlib.contextmanager
    def claim(self, tenant, key):
        """One attempt at a time works on a key; the others hear 409 and try again."""
        with self.claiming:
            if (tenant, key) in self.claims:
                raise Refusal(409, "the first attempt is still at work", keep=False)
            self.claims.add((tenant, key))
        try:
            yield
        finally:
            with self.claiming:
                self.claims.discard((tenant, key))

    def once(self, tenant, key, fingerprint, work):
        """Run work(db) once for a key; return (status, body, whether it is a replay)."""
        with self.claim(tenant, key), self.transaction() as db:
            stored = db.execute(
                "SELECT fingerprint, status, body FROM answers WHERE tenant = ? AND key = ?",
                (tenant, key)).fetchone()
            if stored and not BROKEN:
                if stored[0] != fingerprint:
                    raise Refusal(400, "this key was used with another payload", keep=False)
                return stored[1], stored[2], True
            status, body = attempt(db, work)
            db.execute("INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?, ?)",
                       (tenant, key, fingerprint, status, body))
            return status, body, False


def attempt(db, work):
    """The status and body of work. A refusal is an answer like any other, stored with its key."""
    try:
        return 201, json.dumps(work(db))
    except Refusal as refusal:
        if not refusal.keep:
            raise
        return refusal.status, problem(refusal)


def problem(refusal):
    return json.dumps({"error": str(refusal)})


def whole_number(body, name, least):
    value = body.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise Refusal(400, f"{name} must be a whole number of at least {least}", keep=False)
    return value


def text(body, name):
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise Refusal(400, f"{name} must be text", keep=False)
    return value


def create_product(tenant, _key, body):
    """POST /products {"sku", "stock"}"""
    sku, stock = text(body, "sku"), whole_number(body, "stock", 0)

    def work(db):
        if db.execute("SELECT 1 FROM products WHERE tenant = ? AND sku = ?",
                      (tenant, sku)).fetchone():
            raise Refusal(422, "this product exists already")
        db.execute("INSERT INTO products VALUES (?, ?, ?)", (tenant, sku, stock))
        return {"sku": sku, "stock": stock}

    return work


def create_order(tenant, key, body):
    """POST /orders {"sku", "quantity", "reference"}"""
    sku, quantity = text(body, "sku"), whole_number(body, "quantity", 1)
    reference = text(body, "reference")

    def work(db):
        row = db.execute("SELECT stock FROM products WHERE tenant = ? AND sku = ?",
                         (tenant, sku)).fetchone()
        if row is None:
            raise Refusal(404, "there is no such product")
        if row[0] < quantity:
            raise Refusal(422, "there is not enough in stock")
        order = {"id": f"ord_{uuid.uuid4().hex}", "sku": sku, "quantity": quantity,
                 "reference": reference}
        db.execute("UPDATE products SET stock = stock - ? WHERE tenant = ? AND sku = ?",
                   (quantity, tenant, sku))
        db.execute("INSERT INTO orders VALUES (?, ?, ?, ?, ?, ?)",
                   (order["id"], tenant, sku, quantity, reference, key))
        return order | {"stock": row[0] - quantity}

    return work


def read_product(db, tenant, sku):
    row = db.execute("SELECT sku, stock FROM products WHERE tenant = ? AND sku = ?",
                     (tenant, sku)).fetchone()
    if row is None:
        raise Refusal(404, "there is no such product")
    return dict(zip(("sku", "stock"), row))


ORDER = ("id", "sku", "quantity", "reference", "key")


def read_order(db, tenant, number):
    row = db.execute("SELECT id, sku, quantity, reference, key FROM orders"
                     " WHERE tenant = ? AND id = ?", (tenant, number)).fetchone()
    if row is None:
        raise Refusal(404, "there is no such order")
    return dict(zip(ORDER, row))


def list_orders(db, tenant, sku):
    rows = db.execute("SELECT id, sku, quantity, reference, key FROM orders"
                      " WHERE tenant = ? AND sku = ? ORDER BY rowid", (tenant, sku))
    return {"orders": [dict(zip(ORDER, row)) for row in rows]}


class Handler(BaseHTTPRequestHandler):
    """Turns HTTP into calls of the functions above."""

    protocol_version = "HTTP/1.1"
    # One write for an answer: headers and body in two would wait for each other on slow networks.
    wbufsize = -1
    disable_nagle_algorithm = True
    store = Store()

    def do_POST(self):
        # The body is read before anything is refused: what is left of it would be taken for the next
        # message. A body that was cut off is nobody's order.
        length = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(length)
        if len(body) < length:
            self.close_connection = True
            return
        try:
            status, answer, replay = self.post(body)
        except Refusal as refusal:
            status, answer, replay = refusal.status, problem(refusal), False
        self.answer(status, answer, {"Idempotent-Replayed": "true"} if replay else {})

    def post(self, raw):
        tenant, key = self.tenant(), self.key()
        route = {"/products": create_product, "/orders": create_order}.get(self.path)
        if route is None:
            raise Refusal(404, "there is no such path", keep=False)
        try:
            body = json.loads(raw)
        except ValueError as error:
            raise Refusal(400, "the body is not JSON", keep=False) from error
        if not isinstance(body, dict):
            raise Refusal(400, "the body is not an object", keep=False)
        fingerprint = hashlib.sha256(self.path.encode() + b"\n" + raw).hexdigest()
        return self.store.once(tenant, key, fingerprint, route(tenant, key, body))

    def do_GET(self):
        try:
            url = urlsplit(self.path)
            with self.store.transaction() as db:
                found = self.get(db, url.path.strip("/").split("/"), parse_qs(url.query))
            self.answer(200, json.dumps(found), {})
        except Refusal as refusal:
            self.answer(refusal.status, problem(refusal), {})

    def get(self, db, path, query):
        tenant = self.tenant()
        match path:
            case ["products", sku]:
                return read_product(db, tenant, unquote(sku))
            case ["orders", number]:
                return read_order(db, tenant, unquote(number))
            case ["orders"]:
                return list_orders(db, tenant, query.get("sku", [""])[0])
        raise Refusal(404, "there is no such path")

    def tenant(self):
        scheme, _, token = self.headers.get("Authorization", "").partition(" ")
        if scheme != "Bearer" or token not in TOKENS:
            raise Refusal(401, "the token is missing or unknown", keep=False)
        return TOKENS[token]

    def key(self):
        """The key, checked before any lookup: a mangled key must never act as another one."""
        keys = self.headers.get_all("Idempotency-Key", [])
        if not keys:
            raise Refusal(400, "the header Idempotency-Key is missing", keep=False)
        key = keys[0]
        printable = all("!" <= c <= "~" and c not in '"\\,;' for c in key)
        if len(keys) > 1 or not 0 < len(key) <= 255 or not printable:
            raise Refusal(400, "the header Idempotency-Key is malformed", keep=False)
        return key

    def answer(self, status, body, headers):
        body = body.encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Nothing: a check sends thousands of messages."""


class Server(ThreadingHTTPServer):
    """A thread for each connection, and room for bursts of them."""

    daemon_threads = True
    request_queue_size = 256

    def handle_error(self, request, client_address):
        # A client that gave up is nothing to report: the order stands, and a retry will hear of it.
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


def main():
    port = sys.argv[1] if len(sys.argv) > 1 else os.environ.get("PORT", "8090")
    try:
        server = Server(("127.0.0.1", int(port)), Handler)
    except (OSError, OverflowError, ValueError) as error:
        sys.exit(f"cannot listen on port {port}: {error}; try another one: python3 server.py 9000")
    with server:
        print(f"orders on http://127.0.0.1:{server.server_address[1]}", flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            server.serve_forever()


if __name__ == "__main__":
    main()
