CREATE TABLE IF NOT EXISTS accounts (
    tenant TEXT NOT NULL,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    currency TEXT NOT NULL,
    balance INTEGER NOT NULL,
    PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS charges (
    tenant TEXT NOT NULL,
    id TEXT NOT NULL,
    account TEXT NOT NULL,
    reference TEXT NOT NULL,
    amount INTEGER NOT NULL,
    refunded INTEGER NOT NULL,
    PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS effects (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant TEXT NOT NULL,
    account TEXT NOT NULL,
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    reference TEXT NOT NULL,
    amount INTEGER NOT NULL,
    at INTEGER NOT NULL -- nanoseconds since 1970
) STRICT;

CREATE INDEX IF NOT EXISTS effects_by_account ON effects (tenant, account, seq);

CREATE TABLE IF NOT EXISTS records (
    scope TEXT NOT NULL,
    key TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    status INTEGER NOT NULL, -- 0 while in progress
    content_type TEXT NOT NULL,
    location TEXT NOT NULL,
    body BLOB NOT NULL,
    created_at INTEGER NOT NULL, -- nanoseconds since 1970
    expires_at INTEGER NOT NULL, -- nanoseconds since 1970
    PRIMARY KEY (scope, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS records_by_expiry ON records (expires_at);

CREATE TABLE IF NOT EXISTS ids (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    last INTEGER NOT NULL
) STRICT;

INSERT OR IGNORE INTO ids (one, last) VALUES (1, 0);
