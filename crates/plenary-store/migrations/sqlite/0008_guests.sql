-- Who may come to one event without being of the organisation.
CREATE TABLE guests (
    id           TEXT    NOT NULL PRIMARY KEY,
    event        TEXT    NOT NULL REFERENCES events (id),
    name         TEXT    NOT NULL,
    created_ms   INTEGER NOT NULL,
    expires_ms   INTEGER NOT NULL,
    withdrawn_ms INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX guests_of_event ON guests (event, id);
