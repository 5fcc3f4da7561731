-- Halls, where many of a unit watch before one screen. Whoever has the link counts heads and ticks off names.
CREATE TABLE halls (
    id         TEXT    PRIMARY KEY,
    event      TEXT    NOT NULL REFERENCES events (id),
    unit       TEXT    NOT NULL,
    name       TEXT    NOT NULL,
    token_hash BLOB    NOT NULL UNIQUE,
    by_whom    TEXT    NOT NULL,
    created_ms INTEGER NOT NULL,
    closed_ms  INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX halls_of_events ON halls (event, id);

-- How many were counted; rows are only ever added, the last one counts.
CREATE TABLE hall_heads (
    hall  TEXT    NOT NULL REFERENCES halls (id),
    seq   INTEGER NOT NULL,
    count INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    PRIMARY KEY (hall, seq)
) STRICT, WITHOUT ROWID;

-- Who was ticked off; without a row nobody.
CREATE TABLE hall_members (
    hall   TEXT    NOT NULL REFERENCES halls (id),
    person TEXT    NOT NULL,
    at_ms  INTEGER NOT NULL,
    PRIMARY KEY (hall, person)
) STRICT, WITHOUT ROWID;
