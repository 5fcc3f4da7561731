-- Who may come to an event, as JSON; and when it is planned to begin.
ALTER TABLE events ADD COLUMN admission TEXT NOT NULL DEFAULT '{"who":"everybody"}';
ALTER TABLE events ADD COLUMN starts_ms INTEGER;
-- When it was closed.
ALTER TABLE events ADD COLUMN ended_ms INTEGER;

-- How often somebody's personal links were revoked: those of before are over.
ALTER TABLE people ADD COLUMN issue INTEGER NOT NULL DEFAULT 0;

-- When members were there: moments of the event's own clock.
CREATE TABLE presence (
    event    TEXT    NOT NULL REFERENCES events (id),
    person   TEXT    NOT NULL,
    from_ms  INTEGER NOT NULL,
    until_ms INTEGER NOT NULL,
    PRIMARY KEY (event, person, from_ms)
) STRICT, WITHOUT ROWID;

-- Who need not come, and why; rows are only ever added, the last one counts.
CREATE TABLE excuses (
    event   TEXT    NOT NULL REFERENCES events (id),
    seq     INTEGER NOT NULL,
    person  TEXT    NOT NULL,
    excused INTEGER NOT NULL CHECK (excused IN (0, 1)),
    reason  TEXT    NOT NULL,
    by_whom TEXT    NOT NULL,
    at_ms   INTEGER NOT NULL,
    PRIMARY KEY (event, seq)
) STRICT, WITHOUT ROWID;
