-- The books of events that were closed. Lines are only ever added; when the retention is over, those of
-- people go.
CREATE TABLE book_lines (
    event  TEXT    NOT NULL REFERENCES events (id),
    seq    INTEGER NOT NULL,
    -- The unit that a line is about, or whose member.
    unit   TEXT,
    person TEXT,
    line   TEXT    NOT NULL,
    PRIMARY KEY (event, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX book_lines_of_units ON book_lines (event, unit, seq);
CREATE INDEX book_lines_of_people ON book_lines (event, person, seq) WHERE person IS NOT NULL;

-- A book is sealed when it has a row here: how many lines, how often it was sealed, and its last hash.
CREATE TABLE books (
    event        TEXT    PRIMARY KEY REFERENCES events (id),
    entries      INTEGER NOT NULL,
    seals        INTEGER NOT NULL,
    hash         TEXT    NOT NULL,
    sealed_ms    INTEGER NOT NULL,
    by_whom      TEXT    NOT NULL,
    -- When the lines of people went.
    forgotten_ms INTEGER
) STRICT;

-- Who watched the replay of an event that they were not at.
CREATE TABLE replays (
    event  TEXT    NOT NULL REFERENCES events (id),
    person TEXT    NOT NULL,
    at_ms  INTEGER NOT NULL,
    PRIMARY KEY (event, person)
) STRICT, WITHOUT ROWID;

-- For how many days what is personal is kept after an event; without a row for ever.
CREATE TABLE retention (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    days INTEGER NOT NULL CHECK (0 < days)
) STRICT;
