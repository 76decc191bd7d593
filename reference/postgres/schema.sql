CREATE TABLE IF NOT EXISTS accounts (
    tenant text NOT NULL,
    id text NOT NULL,
    name text NOT NULL,
    currency text NOT NULL,
    balance bigint NOT NULL,
    PRIMARY KEY (tenant, id)
);

CREATE TABLE IF NOT EXISTS charges (
    tenant text NOT NULL,
    id text NOT NULL,
    account text NOT NULL,
    reference text NOT NULL,
    amount bigint NOT NULL,
    refunded bigint NOT NULL,
    PRIMARY KEY (tenant, id)
);

CREATE TABLE IF NOT EXISTS effects (
    seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant text NOT NULL,
    account text NOT NULL,
    kind text NOT NULL,
    key text NOT NULL,
    reference text NOT NULL,
    amount bigint NOT NULL,
    at bigint NOT NULL -- nanoseconds since 1970
);

CREATE INDEX IF NOT EXISTS effects_by_account ON effects (tenant, account, seq);

CREATE TABLE IF NOT EXISTS records (
    scope text NOT NULL,
    key text NOT NULL,
    fingerprint text NOT NULL,
    status integer NOT NULL, -- 0 while in progress
    content_type text NOT NULL,
    location text NOT NULL,
    body bytea NOT NULL,
    created_at bigint NOT NULL, -- nanoseconds since 1970
    expires_at bigint NOT NULL, -- nanoseconds since 1970
    PRIMARY KEY (scope, key)
);

CREATE INDEX IF NOT EXISTS records_by_expiry ON records (expires_at);

CREATE SEQUENCE IF NOT EXISTS ids;
