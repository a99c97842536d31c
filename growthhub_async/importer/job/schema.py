"""What a job file holds: an SQLite database of records, and of what became of them."""

from __future__ import annotations

from enum import IntEnum

VERSION = 1
"""Of the schema; a job of another one is refused."""
APPLICATION_ID = 0x47_48_55_42
"""What marks a database as a job of ours, in SQLite's own header."""


class State(IntEnum):
    """How far a record has come.

    WAITING     it was never sent, or surely not written: it is sent when the job goes on
    LEFT        a request for it has left, and was not heard of
    TAGGING     its contact is written, and tags are still to be added to it
    CREATED, UPDATED, ERROR   it settled so
    DUPLICATE   another record of the job stands for it
    """

    WAITING = 0
    LEFT = 1
    TAGGING = 2
    CREATED = 3
    UPDATED = 4
    ERROR = 5
    DUPLICATE = 6


SCHEMA = """
CREATE TABLE about (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;  -- values are JSON

CREATE TABLE files (
    file INTEGER PRIMARY KEY,
    name TEXT NOT NULL,            -- as people call it
    format TEXT NOT NULL,
    columns TEXT,                  -- a JSON list; null where each row has keys of its own
    fingerprint TEXT NOT NULL      -- JSON: what tells that the source has changed
);

CREATE TABLE records (
    position INTEGER PRIMARY KEY,  -- from 0, without gaps
    file INTEGER NOT NULL,
    line INTEGER NOT NULL,
    cells BLOB,                    -- JSON: a list in the order of the columns, or an object
    text TEXT,                     -- what stood there, where there are no cells
    location TEXT,
    contact BLOB,                  -- JSON: the body of the upsert; null for what is never sent
    tags BLOB,                     -- JSON: a list of those to be added once the contact is written
    state INTEGER NOT NULL,
    left_at REAL,                  -- unix time of a request that was not heard of
    outcome INTEGER,               -- the row of `outcomes` that is true of it
    stands INTEGER                 -- of a duplicate: the position of the record that stands for it
);

CREATE INDEX unsettled ON records (location, position) WHERE state < 3;

CREATE TABLE outcomes (
    seq INTEGER PRIMARY KEY,
    position INTEGER NOT NULL,
    run INTEGER NOT NULL,          -- 0 for what was found out before anything was sent
    settled_at REAL NOT NULL,      -- unix time
    status TEXT NOT NULL,
    reason TEXT,
    message TEXT,
    retryable INTEGER,
    problems BLOB,                 -- JSON: a list of {field, message}
    contact_id TEXT,
    http_status INTEGER,
    trace_id TEXT,
    attempts INTEGER NOT NULL,
    duration REAL NOT NULL,        -- seconds
    latency REAL,                  -- seconds that the last attempt took
    inferred INTEGER NOT NULL,
    dropped BLOB,                  -- JSON: a list of {field, sent, kept}
    history BLOB                   -- JSON: a list of attempts
);

CREATE TABLE runs (
    run INTEGER PRIMARY KEY,       -- from 1
    started_at REAL NOT NULL,      -- unix time
    ended_at REAL,                 -- null for one that runs, or that was ended by force
    ended TEXT,                    -- how: done, or why not
    settings TEXT NOT NULL,        -- JSON: what it was sent with, without the token
    tag_requests INTEGER NOT NULL DEFAULT 0,
    locations TEXT                 -- JSON: by location its quota as it was learnt, and how often it refused
);
"""
