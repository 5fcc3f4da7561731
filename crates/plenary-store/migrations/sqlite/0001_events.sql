CREATE TABLE events (
    id            TEXT    NOT NULL PRIMARY KEY,
    slug          TEXT    NOT NULL UNIQUE,
    title         TEXT    NOT NULL,
    key           TEXT    NOT NULL,
    phase         TEXT    NOT NULL CHECK (phase IN ('doors', 'on_air', 'closed')),
    epoch_wall_ms INTEGER,
    created_ms    INTEGER NOT NULL
) STRICT;

CREATE TABLE seats (
    id         TEXT    NOT NULL PRIMARY KEY,
    event      TEXT    NOT NULL REFERENCES events (id),
    name       TEXT    NOT NULL,
    unit       TEXT    NOT NULL,
    title      TEXT    NOT NULL,
    created_ms INTEGER NOT NULL
) STRICT;

CREATE INDEX seats_of_event ON seats (event, id);

CREATE TABLE links (
    id         TEXT    NOT NULL PRIMARY KEY,
    token_hash BLOB    NOT NULL UNIQUE,
    event      TEXT    NOT NULL REFERENCES events (id),
    role       TEXT    NOT NULL CHECK (role IN ('director', 'speaker')),
    seat       TEXT    REFERENCES seats (id),
    created_ms INTEGER NOT NULL,
    revoked_ms INTEGER,
    CHECK ((role = 'speaker') = (seat IS NOT NULL))
) STRICT;

CREATE INDEX links_of_event ON links (event, id);

-- What a link opens, with the card of its seat.
CREATE VIEW open_links AS
SELECT links.id AS link, links.token_hash, links.event, links.role,
       seats.id, seats.name, seats.unit, seats.title
FROM links LEFT JOIN seats ON seats.id = links.seat
WHERE links.revoked_ms IS NULL;

-- The journal. Rows are only ever added.
CREATE TABLE facts (
    event TEXT    NOT NULL REFERENCES events (id),
    seq   INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    kind  TEXT    NOT NULL,
    json  TEXT    NOT NULL,
    PRIMARY KEY (event, seq)
) STRICT, WITHOUT ROWID;
