CREATE TABLE units (
    code       TEXT    NOT NULL PRIMARY KEY,
    name       TEXT    NOT NULL,
    kind       TEXT    NOT NULL,
    place      INTEGER NOT NULL,
    parent     TEXT    REFERENCES units (code),
    state      TEXT    NOT NULL CHECK (state IN ('open', 'closed')),
    created_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE people (
    code       TEXT    NOT NULL PRIMARY KEY,
    name       TEXT    NOT NULL,
    unit       TEXT    NOT NULL REFERENCES units (code),
    email      TEXT,
    phone      TEXT,
    standing   TEXT    NOT NULL CHECK (standing IN ('member', 'left')),
    created_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX people_of_unit ON people (unit, code);

-- What people may do beyond being members, for all events.
CREATE TABLE person_roles (
    person TEXT NOT NULL REFERENCES people (code),
    role   TEXT NOT NULL CHECK (role IN ('administrator', 'steward')),
    -- Of a steward, what they answer for; empty otherwise.
    unit   TEXT NOT NULL,
    PRIMARY KEY (person, role, unit),
    CHECK ((role = 'steward') = (unit <> ''))
) STRICT, WITHOUT ROWID;

CREATE INDEX stewards_of_unit ON person_roles (unit) WHERE role = 'steward';
